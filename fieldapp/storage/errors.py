"""What can go wrong with the sealed store. No error holds patient data, and none is followed by wiping anything.

StoreError                        a sentence for a person, a stable `code`
├── NoStoreError                  there is no store in this directory
├── StoreExistsError              there is one already
├── WeakPassphraseError           too short for what protects it
├── UnknownPersonError            no such clinician on this tablet, or several and none was chosen
├── WrongPassphraseError          `retry_after` seconds until the next attempt counts
├── LockedOutError                too soon after a wrong one: not even the right one is looked at
├── KeystoreLostError             the platform keystore no longer has this store's secret
├── DamageError                   the file is left exactly as it is
│   ├── TamperedError             something sealed was changed, moved or replaced
│   └── CorruptError              the file is not a readable database
├── NewerSchemaError              a newer version of the app wrote this store
├── DiskError                     the tablet's storage did not take or give the data
│   └── DiskFullError             there is no room; nothing of the entry was half-written
├── BusyError                     another program held the store for too long
├── StoreClosedError              the store was locked while this was under way
├── PatientGoneError              that patient's keys were destroyed on this tablet
├── UnknownRecordError            no such record or revision here
├── UnsignedRevisionError         a revision is saved only with its signature
├── DifferentContentError         the same id was saved before with other content
├── MissingPictureError           a photograph is saved only together with its bytes
└── NotRefusedError               only a revision that was sent back can be repaired
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """Anything that kept the store from doing what was asked."""

    code: ClassVar[str] = "store"
    sentence: ClassVar[str] = "The tablet's store could not do this."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class NoStoreError(StoreError):
    """There is no store in this directory."""

    code = "no_store"
    sentence = "This tablet has not been set up yet. Set it up first."


class StoreExistsError(StoreError):
    """There is a store already."""

    code = "store_exists"
    sentence = "This tablet is set up already. Unlock it instead."


class WeakPassphraseError(StoreError):
    """Too short for what protects it."""

    code = "weak_passphrase"

    def __init__(self, characters: int) -> None:
        super().__init__(f"Choose a longer one: at least {characters} characters.")
        self.characters = characters


class UnknownPersonError(StoreError):
    """No such clinician on this tablet, or several and none was chosen."""

    code = "unknown_person"
    sentence = "Choose who you are from the list."


class _WaitError(StoreError):
    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class WrongPassphraseError(_WaitError):
    """`retry_after` is the seconds until the next attempt is looked at."""

    code = "wrong_passphrase"
    sentence = "That is not the right passphrase. Nothing has been deleted. Wait a moment, then try again."


class LockedOutError(_WaitError):
    """Too soon after a wrong one; `retry_after` is the seconds that are left."""

    code = "locked_out"
    sentence = "Too soon after a wrong passphrase. Nothing has been deleted. Wait, then try again."


class KeystoreLostError(StoreError):
    """The platform keystore no longer has this store's secret."""

    code = "keystore_lost"
    sentence = "This tablet's secure storage lost its key. Your entries are kept; ask for a recovery code."


class DamageError(StoreError):
    """The file is left exactly as it is."""

    code = "damage"
    sentence = "The store on this tablet is damaged. It was not changed. Ask for help before doing anything else."


class TamperedError(DamageError):
    """Something sealed was changed, moved or replaced."""

    code = "tampered"
    sentence = "Part of the store was changed from outside. It was not opened. Ask for help; delete nothing."


class CorruptError(DamageError):
    """The file is not a readable database."""

    code = "corrupt"
    sentence = "The store cannot be read: the file is damaged. It was not changed. Ask for help; delete nothing."


class NewerSchemaError(StoreError):
    """A newer version of the app wrote this store."""

    code = "newer_schema"
    sentence = "A newer version of the app wrote this store. Update the app, then unlock again."


class DiskError(StoreError):
    """The tablet's storage did not take or give the data."""

    code = "disk"
    sentence = "The tablet's storage failed. The last entry was not saved: keep it on screen and try again."


class DiskFullError(DiskError):
    """There is no room; nothing of the entry was half-written."""

    code = "disk_full"
    sentence = "The tablet's storage is full. The last entry was not saved: free some room, then save again."


class BusyError(StoreError):
    """Another program held the store for too long."""

    code = "busy"
    sentence = "The store was busy. Try again."


class StoreClosedError(StoreError):
    """The store was locked while this was under way."""

    code = "closed"
    sentence = "The app was locked. Unlock it and try again."


class PatientGoneError(StoreError):
    """That patient's keys were destroyed on this tablet."""

    code = "patient_gone"
    sentence = "This patient is no longer on your caseload, so their record is no longer on this tablet."


class UnknownRecordError(StoreError):
    """No such record or revision here."""

    code = "unknown_record"
    sentence = "This record is not on this tablet."


class UnsignedRevisionError(StoreError):
    """A revision is saved only with its signature."""

    code = "unsigned"
    sentence = "The entry was not signed, so it was not saved. Sign it and save again."


class DifferentContentError(StoreError):
    """The same id was saved before with other content."""

    code = "different_content"
    sentence = "Another entry was saved under this one's number. Save it again as a new entry."


class MissingPictureError(StoreError):
    """A photograph is saved only together with its bytes."""

    code = "missing_picture"
    sentence = "The photograph itself is missing or is another one, so nothing was saved. Attach it and save again."


class NotRefusedError(StoreError):
    """Only a revision that was sent back can be repaired."""

    code = "not_refused"
    sentence = "This entry was not sent back, so it cannot be replaced. Amend it instead."
