"""What an import can refuse.

FhirError
├── FileRefusedError    a file that cannot be read as FHIR JSON; nothing of it is imported
└── NotImportedError    one resource that has no place in this service's records; the others go on
"""

from __future__ import annotations


class FhirError(ValueError):
    """An import that cannot go on as asked."""


class FileRefusedError(FhirError):
    """A file that is no FHIR JSON. The sentence says what to do and holds nothing of the file's content."""


class NotImportedError(FhirError):
    """Why one resource is not imported, in words for the person who imports."""
