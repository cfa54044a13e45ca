"""The rail and the bar of the app as it stands."""

from __future__ import annotations

from fieldapp.views.model import AppModel
from fieldapp.views.shell import Chrome


def initials(name: str) -> str:
    """`Amira Khan` → `AK`."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def _time(as_at: str) -> str:
    """`as at 08:12` → `08:12`; nothing before the first contact."""
    return as_at.removeprefix("as at ") if as_at.startswith("as at ") else ""


def chrome_of(app: AppModel) -> Chrome:
    """What the frame of every screen needs."""
    name = app.session.author.name if app.session is not None else ""
    badge = app.badge
    return Chrome(
        place=app.place,
        unsent=badge.unsent if badge else 0,
        as_at=_time(badge.as_at) if badge else "",
        initials=initials(name),
        who=name,
        on_place=app.go,
        on_lock=app.lock,
    )
