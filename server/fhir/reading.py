"""From files to entries: every resource with the place it was found at, and what references between them mean."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fieldapp.domain.canonical import Json
from server.fhir.access import parts, word
from server.fhir.errors import FileRefusedError

MAX_FILE_BYTES = 64 * 2**20
_DEEPEST = 10
_ABOUT_ITSELF = frozenset({"text", "meta", "id", "language", "implicitRules", "fhir_comments"})


@dataclass(frozen=True, eq=False)
class Entry:
    """One resource: `file` and `place` (`Observation/abc`, or its position) say where it was found.

    `bundles` are the bundles it lies in, innermost first; `full_url` is its address there.
    """

    file: str
    place: str
    resource: Json
    full_url: str | None = None
    bundles: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def identity(self) -> str:
        """What it is called across files: type and id, else its address, else where it was found."""
        own = word(self.resource, "id")
        if own:
            return f"{self.kind}/{own}"
        return self.full_url or f"{self.kind} {self.place} in {self.file}"

    @property
    def substance(self) -> str:
        """What the resource says, without its narrative and its metadata: equal for two copies."""
        said = {key: value for key, value in self.resource.items() if key not in _ABOUT_ITSELF}
        return json.dumps(said, sort_keys=True, default=str)


def read_file(path: Path, name: str | None = None) -> list[Entry]:
    """Every resource of one file.

    Raises:
        FileRefusedError: the file cannot be opened, is not UTF-8 JSON, or an entry of its bundle is malformed.
    """
    shown = name or path.name
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FileRefusedError(f"It is larger than {MAX_FILE_BYTES >> 20} MB. Split it into smaller bundles.")
        raw = path.read_bytes()
    except OSError as error:
        raise FileRefusedError("It cannot be opened. Check its name and that you may read it.") from error
    try:
        content: object = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            raise FileRefusedError("It is XML. Give the FHIR JSON of the same resources.") from error
        raise FileRefusedError("It is not JSON. Export it again and check that it is whole.") from error
    return list(entries_of(content, shown))


def entries_of(content: object, file: str) -> Iterator[Entry]:
    """The resources of one parsed file. Raises FileRefusedError as `read_file` does."""
    if not isinstance(content, dict):
        raise FileRefusedError("It holds no FHIR resource: it must be one JSON object.")
    counter = iter(range(1, 2**31))
    yield from _walk(cast("Json", content), file, None, (), "", counter)


def _walk(
    resource: Json, file: str, full_url: str | None, bundles: tuple[int, ...], place: str, counter: Iterator[int]
) -> Iterator[Entry]:
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not kind.isalpha():
        raise FileRefusedError(f"{place.strip(' :').capitalize() or 'It'} has no resourceType, so it is not FHIR.")
    if kind != "Bundle":
        own = word(resource, "id")
        yield Entry(file, f"{kind}/{own}" if own else place or kind, resource, full_url, bundles)
        return
    if len(bundles) >= _DEEPEST:
        raise FileRefusedError(f"Bundles lie more than {_DEEPEST} deep. Give the inner ones as files.")
    inner = (next(counter), *bundles)
    listed: object = resource.get("entry", [])
    if not isinstance(listed, list):
        raise FileRefusedError("The bundle's entry must be a list. The bundle is malformed.")
    for position, one in enumerate(cast("list[Any]", listed), start=1):
        here = f"{place}entry {position}"
        if not isinstance(one, dict):
            raise FileRefusedError(f"{here.capitalize()} is not an object. The bundle is malformed.")
        entry = cast("Json", one)
        if "resource" not in entry:
            continue
        if not isinstance(entry["resource"], dict):
            raise FileRefusedError(f"{here.capitalize()} holds no resource object. The bundle is malformed.")
        yield from _walk(cast("Json", entry["resource"]), file, word(entry, "fullUrl"), inner, f"{here}: ", counter)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


@dataclass
class Index:
    """Finds what a reference means: first in the same bundle, then in all files of the command."""

    _urls: dict[str, Entry] = field(default_factory=dict[str, Entry])
    _names: dict[str, Entry] = field(default_factory=dict[str, Entry])
    _local: dict[tuple[str, int, str], Entry] = field(default_factory=dict[tuple[str, int, str], Entry])
    _identifiers: dict[tuple[str, str, str], Entry] = field(default_factory=dict[tuple[str, str, str], Entry])

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Index:
        index = cls()
        for entry in entries:
            index._add(entry)
        return index

    def _add(self, entry: Entry) -> None:
        own = word(entry.resource, "id")
        name = f"{entry.kind}/{own}" if own else None
        for bundle in entry.bundles:
            for key in (entry.full_url, name):
                if key:
                    self._local.setdefault((entry.file, bundle, key), entry)
        if entry.full_url:
            self._urls.setdefault(entry.full_url, entry)
        if name:
            self._names.setdefault(name, entry)
        for identifier in parts(entry.resource, "identifier"):
            system, value = word(identifier, "system"), word(identifier, "value")
            if system and value:
                self._identifiers.setdefault((entry.kind, system, value), entry)

    def find(self, reference: Json, origin: Entry, kind: str) -> Entry | None:
        """The `kind` that `reference` means when it stands in `origin`; None where the files do not hold it."""
        target = word(reference, "reference")
        if target is None:
            identifier = reference.get("identifier")
            system, value = word(identifier, "system"), word(identifier, "value")
            return self._identifiers.get((kind, system, value)) if system and value else None
        if target.startswith("#"):
            return self._contained(target[1:], origin, kind)
        target = target.split("/_history/")[0]
        for bundle in origin.bundles:
            near = self._local.get((origin.file, bundle, target))
            if near:
                return near if near.kind == kind else None
        found = self._urls.get(target) or self._names.get(target)
        return found if found and found.kind == kind else None

    @staticmethod
    def _contained(own: str, origin: Entry, kind: str) -> Entry | None:
        for inner in parts(origin.resource, "contained"):
            if word(inner, "id") == own and inner.get("resourceType") == kind:
                return Entry(origin.file, f"{origin.place}#{own}", inner)
        return None
