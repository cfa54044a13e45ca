"""Keeps Python's collector of reference cycles from walking through a page's many new objects again and again.

A page holds no cycles; what others leave meanwhile is collected after it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_was_on = False


@contextmanager
def unswept() -> Generator[None, None, None]:
    """No collection of cycles inside the block, in any thread; as before after the last of several that overlap."""
    global _inside, _was_on
    with _lock:
        if _inside == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _was_on:
                gc.enable()
