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


def memo(fn: Callable[P, T]) -> Callable[P, T]:
    """The component `fn`, drawn again only when its arguments differ: for rows of long lists. Pass values that compare
    by value, and bound methods instead of lambdas."""
    return cast(Callable[[Any], Callable[P, T]], getattr(ft, "memo"))(fn)  # noqa: B009
