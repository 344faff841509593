"""Walks a ladder file as it was read, before anything is known to be right: maps in lists, with their paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from review.domain.errors import Fault
from review.domain.text import Text
from review.domain.values import dataclass
from review.domain.yaml_text import Document, Path

Map = dict[str, Any]
Found = Iterator[tuple[Path, Map]]


@dataclass(frozen=True)
class LadderText:
    """A read ladder file; whatever is not of the right type is left out, as the schema speaks of it."""

    document: Document

    def at(self, path: Path) -> Any:
        """Return the value at a path, None if there is none."""
        value = self.document.data
        for part in path:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def map_at(self, *path: str | int) -> Map:
        """Return the map at a path, an empty one if there is none."""
        value = self.at(path)
        return value if isinstance(value, dict) else {}

    def maps(self, *path: str | int) -> Found:
        """Yield the maps of the list at a path."""
        for number, _ in enumerate(self._list(path)):
            if (value := self.map_at(*path, number)) != {}:
                yield (*path, number), value

    def words(self, *path: str | int) -> Iterator[tuple[Path, str]]:
        """Yield the texts of the list at a path."""
        for number, value in enumerate(self._list(path)):
            if isinstance(value, str):
                yield (*path, number), value

    def keys(self, *path: str | int) -> Iterator[tuple[Path, str]]:
        """Yield the keys of the map at a path."""
        for key in self.map_at(*path):
            yield (*path, key), key

    def ids(self, *path: str | int) -> tuple[str, ...]:
        """Return the ids of the maps in the list at a path."""
        return tuple(value["id"] for _, value in self.maps(*path) if isinstance(value.get("id"), str))

    def criteria(self) -> Found:
        """Yield every criterion, those under categories first."""
        for path, _ in self.maps("categories"):
            yield from self.maps(*path, "criteria")
        yield from self.maps("criteria")

    def cells(self, criterion: Path) -> Found:
        """Yield the cells of a criterion that are maps, each with the path that ends in its level."""
        for path, _ in self.keys(*criterion, "at"):
            if cell := self.map_at(*path):
                yield path, cell

    def contents(self, criterion: Path) -> Found:
        """Yield everything in a criterion that holds signals and measures: its cells and its steps."""
        yield from self.cells(criterion)
        yield from self.maps(*criterion, "steps")

    def fault(self, path: Path, what: Text, expected: Text | None = None) -> Fault:
        """Return a fault at the value of a path."""
        return self.document.fault(path, what, expected)

    def key_fault(self, path: Path, what: Text, expected: Text | None = None) -> Fault:
        """Return a fault at the key of a path."""
        return self.document.key_fault(path, what, expected)

    def line(self, path: Path) -> int:
        """Return the line of a value."""
        return self.document.place(path)[0]

    def _list(self, path: Path) -> list[Any]:
        value = self.at(path)
        return value if isinstance(value, list) else []
