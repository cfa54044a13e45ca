"""Steps that nobody asked for: clocks, crashes, full disks, bad roads, backups put back; and the healing of it all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.faults import DISK
from tests.simulation.hospital import COMMIT
from tests.simulation.world import START

if TYPE_CHECKING:
    from tests.simulation.schedule import Schedule

_JUMPS = (
    timedelta(days=3653),
    timedelta(days=-3653),
    timedelta(hours=-3),
    timedelta(seconds=-1),
    timedelta(seconds=90),
)


def clock_jump(run: Schedule) -> None:
    """A tablet's clock jumps either way, or back to where the story began."""
    tablet = run.any_tablet()
    jump = run.random.choice((*_JUMPS, None))
    tablet.clock.set(START if jump is None else tablet.clock.now() + jump)
    run.note(f"{tablet.name} says {tablet.clock.now()}")


def time_passes(run: Schedule) -> None:
    """Tokens end; the day may end."""
    run.world.advance(run.random.choice((700, 3600, 9 * 3600, 26 * 3600)))


def crash(run: Schedule) -> None:
    """A tablet loses power while nothing is under way."""
    run.crash(run.any_tablet())


def tablet_copied(run: Schedule) -> None:
    """Somebody copies a tablet's folder."""
    tablet = run.any_tablet()
    target = run.world.directory / f"copy-{tablet.name}"
    tablet.copy(target)
    run.copies[tablet.name] = target


def tablet_put_back(run: Schedule) -> None:
    """A tablet's folder is replaced by the copy made earlier. What was only there is gone for good."""
    tablet = run.any_tablet()
    if tablet.name not in run.copies:
        return
    tablet.disk.mend()
    tablet.put_back(run.copies[tablet.name])
    gone = _nowhere(run)
    run.oracle.gone |= gone
    run.note(f"{tablet.name} put back; {len(gone)} gone")


def disk_trouble(run: Schedule) -> None:
    """A later write on a tablet will fail."""
    tablet = run.any_tablet()
    trouble = run.random.choice(DISK)
    tablet.disk.arm(trouble, run.random.randint(1, 6))
    run.note(f"{tablet.name} disk {trouble}")


def disk_mended(run: Schedule) -> None:
    """There is room again."""
    run.any_tablet().disk.mend()


def server_trouble(run: Schedule) -> None:
    """The server's next write will not go well."""
    run.world.hospital.commit_trouble = run.random.choice(COMMIT)
    run.note(f"server {run.world.hospital.commit_trouble}")


def server_restart(run: Schedule) -> None:
    """The server's process ends; another one starts."""
    run.world.hospital.commit_trouble = None
    run.world.hospital.restart()


def server_backup(run: Schedule) -> None:
    """The server is copied."""
    run.world.hospital.backup(run.world.directory / "backup.db")
    run.backup = run.oracle.order.copy()


def server_restored(run: Schedule) -> None:
    """The server is put back to its copy, with a new epoch. Owed afterwards is what any tablet still holds; of what
    was replaced after it was sent back, only the server's support had a copy."""
    if run.backup is None:
        return
    run.world.hospital.commit_trouble = None
    run.world.hospital.restore(run.world.directory / "backup.db")
    run.oracle.order = run.backup.copy()
    for tablet in run.world.tablets:
        tablet.revoked = tablet.name in run.oracle.order.revoked
    run.oracle.gone |= _nowhere(run) | run.oracle.repaired
    run.oracle.restored += 1
    run.note("server restored")


def weather(run: Schedule) -> None:
    """The road gets better or worse."""
    run.world.road.trouble = run.random.choice((0.0, 0.0, 0.15, 0.4))


def one_way(run: Schedule) -> None:
    """A tablet can only send, only hear nothing back, or is free again."""
    run.any_tablet().link.one_way = run.random.choice(("drop", "lose", None))


def late_arrivals(run: Schedule) -> None:
    """Everything that was delayed reaches the server."""
    run.world.road.deliver(everything=True)


def heal(run: Schedule) -> None:
    """All faults end; what was delayed arrives. Wrong clocks stay wrong."""
    run.world.road.trouble = 0.0
    run.world.hospital.commit_trouble = None
    for tablet in run.world.tablets:
        tablet.disk.mend()
        tablet.link.one_way = tablet.link.meanwhile = None
    run.world.road.deliver(everything=True)


def _nowhere(run: Schedule) -> set[str]:
    """What was acknowledged and is neither on the server nor on any tablet's disk."""
    held = {row[0] for tablet in run.world.tablets for row in tablet.rows("SELECT id FROM revision")}
    return {revision.id for revision in run.oracle.owed()} - held - set(run.world.hospital.receipts())


STEPS: tuple[tuple[str, int, Callable[[Schedule], None]], ...] = (
    ("clock_jump", 2, clock_jump),
    ("time_passes", 2, time_passes),
    ("crash", 1, crash),
    ("tablet_copied", 1, tablet_copied),
    ("tablet_put_back", 1, tablet_put_back),
    ("disk_trouble", 2, disk_trouble),
    ("disk_mended", 1, disk_mended),
    ("server_trouble", 1, server_trouble),
    ("server_restart", 1, server_restart),
    ("server_backup", 1, server_backup),
    ("server_restored", 1, server_restored),
    ("weather", 3, weather),
    ("one_way", 1, one_way),
    ("late_arrivals", 1, late_arrivals),
)
"""Name, weight, step."""
