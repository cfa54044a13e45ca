"""A schedule: random steps on a world from one seed, checked after each, healed and compared at the end."""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
import traceback
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from fieldapp.domain.records import InvalidBodyError
from fieldapp.storage.errors import StoreError
from fieldapp.sync import engine, transport
from fieldapp.sync.calm import unswept
from fieldapp.sync.errors import SyncError
from fieldapp.usecases.errors import UseCaseError
from tests.simulation import invariants, nature, work
from tests.simulation.chance import Chance, replaced, seeded
from tests.simulation.faults import Crash
from tests.simulation.oracle import Oracle, Order
from tests.simulation.world import MOST_TABLETS, Tablet, World, memory_disk

STEPS: Final = 30
IDLE_BYTES: Final = 600
ROUNDS: Final = 8
"""Within so many rounds of everybody syncing, all must be quiet after healing."""


class Schedule:
    """One run. Steps named in `without` are left out, those in `favour` come six times as often. The server's database
    is an SQLite file, or on the PostgreSQL cluster at `postgres`. `trace` is what happened, a line each; its hash is
    the same whenever the seed is, on either database."""

    def __init__(
        self,
        seed: int,
        *,
        steps: int = STEPS,
        without: Collection[str] = (),
        favour: Collection[str] = (),
        postgres: str | None = None,
    ) -> None:
        self.seed = seed
        self.postgres = postgres
        self.chance = Chance(seed)
        self.random: random.Random = self.chance.stream("steps")
        self.steps = steps
        self.count = self.random.choice((2, 2, 3, 3, 3, 4, 5, MOST_TABLETS))
        self.without = without
        self.favour = favour
        self.trace: list[str] = []
        self.world: World
        self.oracle: Oracle
        self.backup: Order | None = None
        self.copies: dict[str, Path] = {}

    def run(self) -> str:
        """To the end. Returns the hash of the trace.

        Raises:
            invariants.BrokenError, or whatever the product let out.
        """
        directory = Path(tempfile.mkdtemp(prefix=f"schedule-{self.seed}-", dir=memory_disk()))
        try:
            with seeded(self.chance), self._small():
                self.world = World.make(self.chance, self.count, directory, self.postgres)
                self.oracle = Oracle(self._order())
                self.world.road.log = self.note
                try:
                    self._all()
                finally:
                    self.world.close()
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def note(self, line: str) -> None:
        """One line of the trace."""
        self.trace.append(line)

    def any_tablet(self) -> Tablet:
        """One of the tablets."""
        return self.random.choice(self.world.tablets)

    def sync(self, tablet: Tablet) -> bool | None:
        """One sync. Whether it moved anything; None where it did not come to its end."""
        try:
            report = tablet.sync.run()
        except (SyncError, StoreError) as error:
            self.note(f"{tablet.name} sync {type(error).__name__} {error.code}")
            return None
        except Crash:
            self.crash(tablet)
            return None
        self.note(f"{tablet.name} sync {report}")
        return bool(report.pushed or report.pulled)

    def keep(self, tablet: Tablet, put: Callable[[], str]) -> str | None:
        """Have a tablet save something and hold it to its word. Returns the revision."""
        try:
            revision = put()
        except (StoreError, UseCaseError, InvalidBodyError) as error:
            self.note(f"{tablet.name} did not save: {type(error).__name__}")
            return None
        except Crash:
            self.crash(tablet)
            return None
        finally:
            self.oracle.sign(tablet.name, tablet.attempted)
            tablet.attempted.clear()
        self.oracle.acknowledge(revision)
        self.note(f"{tablet.name} saved {revision}")
        return revision

    def crash(self, tablet: Tablet) -> None:
        """Power is lost and comes back."""
        self.oracle.sign(tablet.name, tablet.attempted)
        tablet.attempted.clear()
        tablet.disk.mend()
        tablet.crash()
        self.note(f"{tablet.name} crashed")

    def _small(self) -> AbstractContextManager[None]:
        """Pages and batches of a few entries, or of the real size."""
        page, batch = self.random.choice((1200, 4000, None, None)), self.random.choice((1500, engine.BATCH_BYTES))
        offers = self.chance.stream("offers").choice((3, engine.OFFERS_AT_ONCE))
        return replaced(
            (transport.HttpTransport, "page_bytes", page),
            (engine, "BATCH_BYTES", batch),
            (engine, "OFFERS_AT_ONCE", offers),
        )

    def _order(self) -> Order:
        made = self.world.template
        members = {person: set(teams) for person, teams in made.memberships.items()}
        episodes = {
            patient: {episode: (team, (head,), True) for episode, (team, head) in each.items()}
            for patient, each in made.episodes.items()
        }
        return Order(members, episodes)

    def _all(self) -> None:
        for tablet in self.world.tablets:
            self.sync(tablet)
        steps: list[tuple[str, int, Callable[[Schedule], None]]] = [
            each for each in (*work.STEPS, *nature.STEPS) if each[0] not in self.without
        ]
        weights = [weight * (6 if name in self.favour else 1) for name, weight, _ in steps]
        for _ in range(self.steps):
            self.world.advance(self.random.choice((0, 0, 1, 20, 90)))
            name, _, step = self.random.choices(steps, weights)[0]
            self.note(f"-- {name}")
            step(self)
            invariants.after_step(self.world, self.oracle)
        self._rest()

    def _rest(self) -> None:
        self.note("-- rest")
        nature.heal(self)
        alive = [tablet for tablet in self.world.tablets if not tablet.revoked]
        for tablet in alive:
            self.sync(tablet)
        for _ in range(ROUNDS):
            moved = [self.sync(tablet) for tablet in alive]
            invariants.after_step(self.world, self.oracle)
            if not any(each or each is None for each in moved):
                break
        else:
            raise invariants.BrokenError(f"not quiet after {ROUNDS} rounds")
        self._idle(self.random.choice(alive))
        invariants.at_rest(self.world, self.oracle)
        self._digest()

    def _idle(self, tablet: Tablet) -> None:
        """With nothing new, a sync is one small question and one small answer."""
        self.world.road.heard.clear()
        self.sync(tablet)
        asked = [target.partition("?")[0] for target, _ in self.world.road.heard]
        size = sum(size for _, size in self.world.road.heard)
        if asked != ["/v1/pull"] or size > IDLE_BYTES:
            raise invariants.BrokenError(f"{tablet.name}: an idle sync asked {asked} and heard {size} bytes")

    def _digest(self) -> None:
        held = invariants.Held(self.world.hospital)
        self.trace.extend(held.texts[key] for key in sorted(held.texts))


def attempt(
    seed: int,
    steps: int = STEPS,
    without: Collection[str] = (),
    favour: Collection[str] = (),
    verbose: bool = False,
    postgres: str | None = None,
) -> tuple[int, str | None]:
    """One schedule: its seed, and how it failed or None."""
    schedule = Schedule(seed, steps=steps, without=without, favour=favour, postgres=postgres)
    try:
        with unswept():
            schedule.run()
    except Exception as error:  # noqa: BLE001 - whatever a schedule finds is reported with its seed
        if verbose:
            print("\n".join(schedule.trace))
            traceback.print_exc()
        return seed, f"{type(error).__name__}: {error}"
    return seed, None


def replay(seed: int, database: str = "sqlite") -> str:
    """How to see a failure again, with everything that happened before it."""
    on = "" if database == "sqlite" else f" --database {database}"
    return f"python -m tests.simulation --schedules 1 --seed {seed}{on}"
