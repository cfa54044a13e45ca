"""Invented facts the gallery shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import flet as ft

from fieldapp.views.controls.banner import Danger, Identity, allergy_danger
from fieldapp.views.controls.trend import Reading
from fieldapp.views.shell import Chrome, Place

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)

DOT = Identity("HARGREAVES, Dorothy (Mrs)", "14-Jul-1943", "83y", "Female", "999 041 2758", "Dot")
LONG = Identity(
    "FEATHERSTONEHAUGH-CHOLMONDELEY, Alexandrina Wilhelmina Constance (Mrs)",
    "14-Jul-1943",
    "83y",
    "Female",
    "999 041 2758",
    "Wilhelmina",
)
DIED = Identity("OGDEN, Harold (Mr)", "02-Mar-1931", "95y", "Male", "999 058 3617", died="20-Nov-2026")

DANGERS = (
    allergy_danger("known", "co-trimoxazole: anaphylaxis; latex: rash", "Updated 19-Nov-2026"),
    Danger(
        "attention",
        ft.Icons.GPP_MAYBE_OUTLINED,
        "Not for CPR",
        "For hospital if reversible, not for intensive care",
        "ReSPECT 19-Nov-2026",
    ),
    Danger(
        "attention", ft.Icons.ELDERLY_ROUNDED, "High risk of falls", "2 in 6 weeks, uses a frame", "Updated 23-Nov-2026"
    ),
)

TREND = tuple(
    Reading(NOW - timedelta(hours=ago), total)
    for ago, total in ((46, 4), (41, 5), (34, 8), (30, 7), (22, 6), (18, 5), (5.8, 6), (0.4, 5))
)
CRISIS = tuple(
    Reading(NOW - timedelta(hours=ago), total)
    for ago, total in ((40, 9), (34, 12), (30, 15), (29.5, 16), (29, 17), (28.8, 18), (12, 14), (3, 20), (0.2, 0))
)
SPO2 = tuple(
    Reading(datetime(2026, 11, 24, 8, tzinfo=UTC) + timedelta(hours=after), value)
    for after, value in ((0.2, 89), (1, 88), (1.75, 86), (2.6, 90), (3.5, 90), (4.5, 91), (5.67, 90))
)
BP = ((124, 70), (122, 72), (116, 66), (126, 74), (132, 76), (128, 74))


def chrome(place: Place, on_place: Callable[[Place], None], on_lock: Callable[[], None]) -> Chrome:
    return Chrome(place, 3, "14:02", "AK", "Amira Khan", on_place, on_lock)
