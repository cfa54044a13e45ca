"""Flet's state hook, with the types it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import flet as ft

T = TypeVar("T")
P = ParamSpec("P")
Setter = Callable[[T | Callable[[T], T]], None]


def use_state(initial: T | Callable[[], T]) -> tuple[T, Setter[T]]:
    """State of the component being drawn: its value, and a setter that takes a value or a function of the last one."""
    return cast(Callable[[Any], tuple[T, Setter[T]]], getattr(ft, "use_state"))(initial)  # noqa: B009


def use_typed(initial: str = "") -> tuple[str, Callable[[str], None], Callable[[], str]]:
    """What is typed in a field: the words to draw, a setter, and a getter that a button's handler must use, since a
    quick finger may press before the last key was drawn."""
    shown, show = use_state(initial)
    latest = ft.use_ref(initial)

    def set_(words: str) -> None:
        latest.current = words
        show(words)

    return shown, set_, lambda: latest.current or ""


def memo(fn: Callable[P, T]) -> Callable[P, T]:
    """The component `fn`, drawn again only when its arguments differ: for rows of long lists. Pass values that compare
    by value, and bound methods instead of lambdas."""
    return cast(Callable[[Any], Callable[P, T]], getattr(ft, "memo"))(fn)  # noqa: B009
