"""What a person asked for and cannot have, in a sentence that says what to do next. Never patient data.

UseCaseError
├── NotEnrolledError       the tablet has no store or has not met its server
├── AlreadyEnrolledError   the store in this folder belongs to someone
├── LockedError            nobody has unlocked the store
├── UnknownPatientError    no such patient on this tablet
├── UnknownRecordError     no such record on this tablet, or not of that patient and kind
├── UnknownKindError       this version knows no such kind of record
├── NeedsReasonError       an amendment or a settlement without a reason
├── NeedsRecordError       a document of which a patient has one; say which to change
├── UnsettledError         several versions wait for a decision first
├── NotInConflictError     there is nothing to settle
├── NotAuthorisedError     the plan does not allow it
└── NotNowError            the visit is not at a point where this can happen
"""

from __future__ import annotations


class UseCaseError(Exception):
    """`code` is stable, for programs; the text is for people."""

    code = "use_case"


class NotEnrolledError(UseCaseError):
    code = "not_enrolled"


class AlreadyEnrolledError(UseCaseError):
    code = "already_enrolled"


class LockedError(UseCaseError):
    code = "locked"


class UnknownPatientError(UseCaseError):
    code = "unknown_patient"


class UnknownRecordError(UseCaseError):
    code = "unknown_record"


class UnknownKindError(UseCaseError):
    code = "unknown_kind"


class NeedsReasonError(UseCaseError):
    code = "needs_reason"


class NeedsRecordError(UseCaseError):
    code = "needs_record"


class UnsettledError(UseCaseError):
    code = "unsettled"


class NotInConflictError(UseCaseError):
    code = "not_in_conflict"


class NotAuthorisedError(UseCaseError):
    code = "not_authorised"


class NotNowError(UseCaseError):
    code = "not_now"
