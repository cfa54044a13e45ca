"""Draw a component in plain Python, press what it shows, read what it says: no client, no browser.

Reaches into Flet's session, hence the pinned version.
"""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeArgument=false, reportUnknownParameterType=false
from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import flet as ft
from flet.controls.context import _context_page
from flet.messaging.connection import Connection
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

C = TypeVar("C", bound=ft.BaseControl)


class _Silent(Connection):
    """A connection whose client never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.pubsubhub = PubSubHub()
        self.sent: list[Any] = []

    def send_message(self, message: Any) -> None:
        self.sent.append(message)


def walk(node: object) -> Iterator[ft.BaseControl]:
    """Every control under `node`, drawn components opened, in the order they were given."""
    if isinstance(node, list | tuple):
        for item in node:
            yield from walk(item)
    elif isinstance(node, ft.Component):
        yield from walk(node._b)
    elif isinstance(node, ft.BaseControl):
        yield node
        for field in dataclasses.fields(node):
            if field.name.startswith("_") or field.name in ("data", "parent"):
                continue
            child = getattr(node, field.name, None)
            if isinstance(child, ft.BaseControl | list):
                yield from walk(child)


def words(node: object) -> list[str]:
    """Every text drawn under `node`, spans joined."""
    texts = (c for c in walk(node) if isinstance(c, ft.Text))
    return [c.value or "".join(span.text or "" for span in c.spans or []) for c in texts]


def labels(node: object) -> list[str]:
    """Every spoken name under `node`."""
    return [c.label for c in walk(node) if isinstance(c, ft.Semantics) and c.label]


class Drawn:
    """One mounted component."""

    def __init__(self, page: ft.Page, session: Session) -> None:
        self.page = page
        self._session = session

    @property
    def root(self) -> object:
        return self.page.views[0].controls

    def words(self) -> list[str]:
        return words(self.root) + words(self.dialogs())

    def labels(self) -> list[str]:
        return labels(self.root) + labels(self.dialogs())

    def dialogs(self) -> list[ft.BaseControl]:
        """The dialogs and snack bars that are open."""
        return [d for d in self.page._dialogs.controls if getattr(d, "open", False)]

    def all(self, kind: type[C]) -> list[C]:
        """Every control of one class."""
        return [c for c in walk([self.root, self.dialogs()]) if isinstance(c, kind)]

    def named(self, name: str) -> ft.BaseControl:
        """The node with this identifier, else with this spoken name; fails unless it is the only one."""
        nodes = [c for c in self.all(ft.Semantics) if c.identifier == name]
        nodes = nodes or [c for c in self.all(ft.Semantics) if c.label == name]
        assert len(nodes) == 1, f"{len(nodes)} nodes named {name!r} among {self.labels()}"
        return nodes[0]

    async def tap(self, name: str) -> None:
        """Press the control with this identifier or spoken name, or the button that says these words."""
        target = self._pressable(name)
        await target._trigger_event("click", None)
        await self.settled()

    async def type(self, name: str, value: str) -> None:
        """Type `value` into the field with this identifier or spoken name."""
        field = next(c for c in walk(self.named(name)) if isinstance(c, ft.TextField))
        self._session.apply_patch(field._i, {"value": value})
        await field._trigger_event("change", value)
        await self.settled()

    async def toggle(self, name: str, value: bool) -> None:
        """Move the switch with this identifier or spoken name."""
        switch = next(c for c in walk(self.named(name)) if isinstance(c, ft.Switch))
        self._session.apply_patch(switch._i, {"value": value})
        await switch._trigger_event("change", value)
        await self.settled()

    def pressable(self, name: str) -> bool:
        """Whether a press on this control does anything."""
        return getattr(self._pressable(name), "on_click", None) is not None

    def _pressable(self, name: str) -> ft.BaseControl:
        surfaces = (ft.Container, ft.FilledButton)
        known = any(name in (c.identifier, c.label) for c in self.all(ft.Semantics))
        if known:
            inside = [c for c in walk(self.named(name)) if isinstance(c, surfaces)]
        else:
            everything = [*self.all(ft.FilledButton), *self.all(ft.Container)]
            inside = [c for c in everything if c.on_click and name in words(c)]
        assert inside, f"nothing to press named {name!r}"
        return next((c for c in inside if c.on_click is not None), inside[0])

    async def until(self, condition: Callable[[], bool], what: str, turns: int = 400) -> None:
        """Let the loop run until `condition()` holds."""
        for _ in range(turns):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"waited in vain for {what}; it says {self.words()}")

    async def settled(self) -> None:
        """Let pending redraws happen."""
        for _ in range(4):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def drawn(component: Callable[..., Any], *args: Any) -> AsyncGenerator[Drawn]:
    """Mount `component(*args)` on a page of its own."""
    session = Session(_Silent())
    page = session.page
    _context_page.set(page)  # pyright: ignore[reportArgumentType]
    page.render(component, *args)
    session.get_page_patch()
    mounted = Drawn(page, session)
    await mounted.settled()
    try:
        yield mounted
    finally:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Run one test's story on an event loop of its own."""

    async def whole() -> None:
        await story()

    asyncio.run(whole())
