"""Why whole kinds of resources are not imported, in plain words."""

from __future__ import annotations

from typing import Final

_STAFF: Final = "Staff, places and organisations are set up in the service, not imported."
_BILLING: Final = "Claims and payments are not part of a clinical record here."
_DEFINITIONS: Final = "Definitions and terminology are not about a patient."
_SYSTEM: Final = "Messages between systems are not part of a clinical record."
_RESULTS: Final = "Laboratory, imaging and genetic results are not kept here."
_LOGISTICS: Final = "Supplies, stock and devices are not kept here."
_PLANNING: Final = "Appointment books are not kept here."
_RESEARCH: Final = "Research and quality measures are not kept here."
_FORMS: Final = "Forms and documents for reading as a whole are not kept here."

_GROUPS: Final = (
    (_STAFF, "Practitioner PractitionerRole Organization OrganizationAffiliation Location HealthcareService CareTeam"),
    (_STAFF, "Endpoint Person Group"),
    (
        _BILLING,
        "Claim ClaimResponse ExplanationOfBenefit Coverage CoverageEligibilityRequest CoverageEligibilityResponse"
        " Account Invoice ChargeItem PaymentNotice PaymentReconciliation Contract EnrollmentRequest",
    ),
    (
        _DEFINITIONS,
        "Questionnaire StructureDefinition CodeSystem ValueSet ConceptMap PlanDefinition ActivityDefinition Library"
        " SearchParameter OperationDefinition CapabilityStatement MedicationKnowledge NamingSystem Measure",
    ),
    (
        _SYSTEM,
        "OperationOutcome Parameters MessageHeader Subscription AuditEvent Provenance Binary Basic Linkage"
        " VerificationResult",
    ),
    (
        _RESULTS,
        "DiagnosticReport Specimen ImagingStudy MolecularSequence Media BodyStructure ServiceRequest",
    ),
    (_LOGISTICS, "Device DeviceMetric DeviceRequest DeviceUseStatement Substance SupplyRequest SupplyDelivery"),
    (_PLANNING, "Schedule Slot AppointmentResponse"),
    (_RESEARCH, "ResearchStudy ResearchSubject MeasureReport Evidence"),
    (_FORMS, "QuestionnaireResponse Composition Consent DocumentManifest"),
    ("Messages are not clinical notes.", "Communication CommunicationRequest"),
    ("Immunisations are kept by the GP's record.", "Immunization ImmunizationRecommendation ImmunizationEvaluation"),
    ("Procedures are the history of other services.", "Procedure RequestGroup"),
    ("Tasks are the sending system's own list of work.", "Task"),
    ("A list only points at resources, which are imported by themselves.", "List"),
    ("Single doses given or dispensed are not imported.", "MedicationAdministration MedicationDispense"),
    ("Family history is not kept here.", "FamilyMemberHistory"),
    ("Risks worked out by another system are not imported.", "RiskAssessment DetectedIssue AdverseEvent"),
)
_REASONS: Final = {kind: reason for reason, kinds in _GROUPS for kind in kinds.split()}


def reason_for(kind: str) -> str:
    """Why resources of `kind` are not imported."""
    return _REASONS.get(kind, f"{kind} has no place in these records.")
