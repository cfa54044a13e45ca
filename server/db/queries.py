"""Helpers for queries over many ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_AT_ONCE = 500


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in portions that every database takes as parameters of one query; none gives no portion."""
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
