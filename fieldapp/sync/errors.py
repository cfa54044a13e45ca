"""What can go wrong on the way to the server.

SyncError                 a sentence for a person, a stable code, never patient data
├── UnreachableError      no signal, no server, or the connection broke: nothing is lost, try again later
├── BadReplyError         something answered that is not our server, or not in our language
├── RefusedError          the server refused the whole request (`code` is a wire.ErrorCode)
│   ├── CodeRefusedError  the enrolment code is wrong, used or too old
│   ├── ClockError        the device's clock is too far off; the engine measures the offset and tries once more
│   └── RevokedError      this device may no longer sync
├── AeroplaneModeError    the switch on this tablet is on
└── AlreadyRunningError   another sync of this store is under way
"""

from __future__ import annotations


class SyncError(Exception):
    """Anything that stopped a sync. What was not sent stays on the tablet."""

    code = "sync"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)


class UnreachableError(SyncError):
    """No signal, no server, or the connection broke."""

    code = "unreachable"


class BadReplyError(SyncError):
    """Something answered that is not our server."""

    code = "bad_reply"


class AeroplaneModeError(SyncError):
    """The switch on this tablet is on."""

    code = "aeroplane_mode"


class RefusedError(SyncError):
    """The server refused the whole request."""

    def __init__(self, sentence: str, code: str, *, server_now: int | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.server_now = server_now


class CodeRefusedError(RefusedError):
    """The enrolment code is wrong, used or too old."""


class ClockError(RefusedError):
    """The device's clock is too far off; `server_now` (milliseconds since 1970) says by how much."""


class RevokedError(RefusedError):
    """This device may no longer sync."""


class AlreadyRunningError(SyncError):
    """Another sync of this store is under way."""

    code = "already_running"
