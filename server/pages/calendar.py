"""The visit as a calendar file (RFC 5545): when and by whom, and nothing about the patient."""

from __future__ import annotations

from datetime import UTC, datetime

from server.pages.model import COMING, VisitPage

MEDIA_TYPE = "text/calendar; charset=utf-8"


def calendar(page: VisitPage, slot: str, now: datetime) -> bytes:
    """An iCalendar file of this visit and the others this week; a visit that is off is not in it."""
    windows = [(page.window, page.carer.role)] if page.state in COMING else []
    windows += [(v.window, v.role) for v in page.other_visits if v.window.end > now]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//NHS community team//Visits//EN"]
    for window, role in windows:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{slot}-{_stamp(window.start)}",
            f"DTSTAMP:{_stamp(now)}",
            f"DTSTART:{_stamp(window.start)}",
            f"DTEND:{_stamp(window.end)}",
            f"SUMMARY:{_text(role.capitalize())} visit",
            f"DESCRIPTION:{_text('Times can change. To check, ring ' + page.team.phone + '.')}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{line}\r\n" for line in lines).encode()


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r", " ").replace("\n", " ")
