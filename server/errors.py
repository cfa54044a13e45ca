"""What the server refuses and why. No message holds patient data.

ServerError                    a stable code, an HTTP status and a sentence that says what to do
├── BadCodeError               the enrolment code is wrong, used or too old
├── RateLimitedError           too many requests, or too many wrong codes
│   └── StreamsFullError       too many hint streams are open
├── UnauthenticatedError       no valid token and proof
├── ClockError                 the device's clock is too far off
├── RevokedError               this device may no longer sync
├── MalformedError             the request is not in our language
├── TooLargeError              the body is larger than allowed
├── TooSlowError               the body did not come within its time
├── BadCursorError             the cursor is not one of ours
├── BusyError                  the database is locked, full or away: try again
├── DamagedError               the database's file is damaged, or none of ours, or cannot be opened
├── NotFoundError              no such person, team, patient or visit
├── AmbiguousError             several people have this name
└── SchemaError                the database and this version of the server do not fit
    ├── SchemaMissingError     the database was never prepared
    └── SchemaNewerError       a newer version of the server has been here
"""

from __future__ import annotations

from typing import ClassVar

from fieldapp.sync.wire import ErrorCode


class ServerError(Exception):
    """Anything the server refuses. `sentence` is for a person, `code` for a program."""

    code: ClassVar[str] = ErrorCode.INTERNAL
    status: ClassVar[int] = 500

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class BadCodeError(ServerError):
    """The enrolment code is wrong, used or too old; which of these is not said."""

    code = ErrorCode.BAD_CODE
    status = 403

    def __init__(self) -> None:
        super().__init__("This code is wrong, used or too old. Ask for a new code.")


class RateLimitedError(ServerError):
    """Too many requests."""

    code = ErrorCode.RATE_LIMITED
    status = 429

    def __init__(self, seconds: float) -> None:
        super().__init__("Too many tries. Wait a minute, then try again.")
        self.seconds = seconds


class StreamsFullError(RateLimitedError):
    """Too many hint streams of this person, or of this server process."""

    def __init__(self) -> None:
        super().__init__(60)
        self.sentence = "Too many tablets wait for hints here. Sync goes on without them; try again in a minute."
        self.args = (self.sentence,)


class UnauthenticatedError(ServerError):
    """No valid token and proof."""

    code = ErrorCode.UNAUTHENTICATED
    status = 401

    def __init__(self) -> None:
        super().__init__("This request is not signed by an enrolled tablet with a current token. Ask for a new token.")


class ClockError(ServerError):
    """The device's clock is too far off; the reply carries the server's time."""

    code = ErrorCode.CLOCK
    status = 401

    def __init__(self) -> None:
        super().__init__("The tablet's clock is too far off. Measure the offset with the time in this answer.")


class RevokedError(ServerError):
    """This device may no longer sync."""

    code = ErrorCode.REVOKED
    status = 403

    def __init__(self) -> None:
        super().__init__("This tablet may no longer sync. Ask your team's administrator to enrol it again.")


class MalformedError(ServerError):
    """The request is not in our language."""

    code = ErrorCode.MALFORMED
    status = 400


class TooLargeError(ServerError):
    """The body is larger than allowed."""

    code = ErrorCode.TOO_LARGE
    status = 413

    def __init__(self) -> None:
        super().__init__("This request is too large. Send it in several parts.")


class TooSlowError(ServerError):
    """The body did not come within its time."""

    code = ErrorCode.TOO_SLOW
    status = 408

    def __init__(self) -> None:
        super().__init__("The request did not come to its end in time. Nothing was changed. Send it again.")


class BadCursorError(ServerError):
    """The cursor is not one of ours, or of another time."""

    code = ErrorCode.BAD_CURSOR
    status = 400

    def __init__(self) -> None:
        super().__init__("This cursor cannot be continued. Pull from the start; nothing is lost.")


class BusyError(ServerError):
    """The database is locked, full or away."""

    code = ErrorCode.BUSY
    status = 503

    def __init__(self) -> None:
        super().__init__("The server cannot store or read just now. Nothing was changed. Try again in a minute.")


class DamagedError(ServerError):
    """The database's file cannot be read; it is left as it is."""

    code = "damaged"
    status = 503

    def __init__(self) -> None:
        super().__init__("The database's file is damaged, is none, or cannot be opened. Nothing was changed in it.")


class NotFoundError(ServerError):
    """No such person, team, patient or visit."""

    code = "not_found"
    status = 404


class AmbiguousError(ServerError):
    """Several people have this name."""

    code = "ambiguous"
    status = 409


class SchemaError(ServerError):
    """The database and this version of the server do not fit."""

    code = "schema"
    status = 503


class SchemaMissingError(SchemaError):
    """The database was never prepared."""

    def __init__(self) -> None:
        super().__init__("This database is not prepared. Run: fieldserver init")


class SchemaNewerError(SchemaError):
    """A newer version of the server has been here."""

    def __init__(self) -> None:
        super().__init__("A newer server has used this database. Install that version; nothing was changed.")
