"""The patient's own details: who they are, where they live, what is dangerous, what they need to be told how."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from fieldapp.domain.records.base import Body, Item, Line, Part, Policy, Shape, Text


class Name(Part):
    """A person's name, in the parts in which it is shown: `SMITH, John (Mr)`."""

    family: Line
    given: Line | None = None
    title: Line | None = None
    preferred: Line | None = None


class Address(Part):
    """Where the visit is."""

    lines: list[Line] = Field(default_factory=list)
    postcode: Line | None = None


class Allergy(Part):
    """One substance and what it did. `code` is SNOMED CT where known."""

    substance: Line
    reaction: Line | None = None
    code: Line | None = None


class Allergies(Part):
    """Exactly one of: known, none known (a clinician's positive statement), not recorded."""

    state: Literal["known", "none_known", "not_recorded"]
    items: list[Allergy] = Field(default_factory=list[Allergy])
    updated: date | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Allergies:
        if (self.state == "known") != bool(self.items):
            raise ValueError("list the allergies when they are known, and only then")
        return self


class Alert(Item):
    """Something dangerous for the patient or the visitor, such as a high risk of falls."""

    kind: Literal["falls", "infection", "pressure", "safeguarding", "visitor", "other"] = "other"
    label: Line
    detail: Line | None = None
    updated: date | None = None


class Need(Item):
    """An information or communication need (AIS, DCB1605): large print, an interpreter, easy read."""

    label: Line


class Contact(Item):
    """Someone who matters to the patient."""

    name: Line
    relation: Line | None = None
    phone: Line | None = None


class Patient(Body):
    """Patient details."""

    KIND: ClassVar[str] = "patient"
    SHAPE: ClassVar[Shape] = Shape.DOCUMENT
    TITLE: ClassVar[str] = "Patient details"

    name: Annotated[Name, Policy.REVIEW]
    nhs_number: Annotated[str | None, Policy.REVIEW, Field(pattern=r"^[0-9]{10}$")] = None
    born: Annotated[date | None, Policy.REVIEW] = None
    died: Annotated[date | None, Policy.REVIEW] = None
    gender: Literal["female", "male", "indeterminate", "other", "not_known"] | None = None
    sex: Literal["female", "male", "indeterminate", "not_known"] | None = None
    pregnant: Annotated[bool | None, Policy.REVIEW] = None
    address: Address | None = None
    access: Text | None = None
    phone: Line | None = None
    contacts: list[Contact] = Field(default_factory=list[Contact])
    allergies: Annotated[Allergies | None, Policy.REVIEW] = None
    alerts: list[Alert] = Field(default_factory=list[Alert])
    needs: list[Need] = Field(default_factory=list[Need])
    about_me: Text | None = None
    gp_practice: Line | None = None
