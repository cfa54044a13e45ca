"""What all page sessions of one process share: the tablet's folder, its clock, the way to the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from fieldapp.domain.clock import Clock, SystemClock
from fieldapp.storage.kdf import DEFAULT, KdfParameters
from fieldapp.usecases.service import Service
from fieldapp.usecases.tablet import HttpNetwork, Tablet

IDLE_MINUTES: Final = (1, 5)
"""The shortest and the longest time without a touch after which the app locks itself."""


@dataclass(frozen=True)
class Device:
    """One tablet. `idle` is the time without a touch until the app locks; `server` is offered at enrolment; `demo`
    shows the aeroplane switch."""

    directory: Path
    clock: Clock = field(default_factory=SystemClock)
    network: HttpNetwork = field(default_factory=HttpNetwork)
    idle: timedelta = timedelta(minutes=2)
    server: str = ""
    demo: bool = False
    kdf: KdfParameters = DEFAULT
    service: Service | None = None

    def tablet(self) -> Tablet:
        """The sealed store, to be unlocked by one page session for itself."""
        return Tablet(self.directory, self.clock, self.network, kdf=self.kdf, service=self.service)


def device_from(env: Mapping[str, str]) -> Device:
    """The tablet as the environment describes it.

    FIELDAPP_STORE names the store's folder (else `store` in the app's own durable folder, else `var/store`),
    FIELDAPP_SERVER is offered at enrolment, FIELDAPP_DEMO=1 shows the aeroplane switch, and FIELDAPP_LOCK_MINUTES is
    how long nobody need touch the tablet before it locks. ValueError for minutes outside `IDLE_MINUTES`.
    """
    durable = env.get("FLET_APP_STORAGE_DATA")
    default = Path(durable) / "store" if durable else Path("var/store")
    minutes = float(env.get("FIELDAPP_LOCK_MINUTES", "2"))
    least, most = IDLE_MINUTES
    if not least <= minutes <= most:
        raise ValueError(f"FIELDAPP_LOCK_MINUTES is from {least} to {most}.")
    named = env.get("FIELDAPP_STORE")
    return Device(
        directory=(Path(named) if named else default).resolve(),
        idle=timedelta(minutes=minutes),
        server=env.get("FIELDAPP_SERVER", ""),
        demo=env.get("FIELDAPP_DEMO") == "1",
    )
