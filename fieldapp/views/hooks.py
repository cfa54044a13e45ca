"""Flet's state hook, with the types it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import flet as ft

T = TypeVar("T")
Setter = Callable[[T | Callable[[T], T]], None]


def use_state(initial: T | Callable[[], T]) -> tuple[T, Setter[T]]:
    """State of the component being drawn: its value, and a setter that takes a value or a function of the last one."""
    return cast(Callable[[Any], tuple[T, Setter[T]]], getattr(ft, "use_state"))(initial)  # noqa: B009
