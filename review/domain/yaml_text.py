"""YAML 1.2 read strictly: plain data, the place of every node, and every fault with line and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from review.domain.errors import Fault
from review.domain.text import Text, text
from review.domain.values import dataclass

Path = tuple[str | int, ...]
Place = tuple[int, int]

MAX_DEPTH = 50
MAX_NUMBER = 300
MOST_KEPT = 400_000
"""Signs of all texts together whose events are kept: those of one sign take two hundred bytes."""

# The core schema of YAML 1.2 (chapter 10.3.2): what an unquoted word means.
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda word: int(word, 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda word: int(word, 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda word: float(word.replace(".", ""))),
)
_INDENT_TAB = re.compile(r"^ *\t[ \t]*(?=\S)")
_TOLD_APART = re.compile("[\t\x85\u2028\u2029\ufeff]")
"""Signs that the two readers take for different things: tabs, breaks of lines, the mark of a file's order of bytes."""


@dataclass(frozen=True)
class Document:
    """What a YAML text says, and where each part of it stands."""

    data: Any
    file: str
    _values: dict[Path, Place] = field(repr=False)
    _keys: dict[Path, Place] = field(repr=False)
    _written: dict[Path, str] = field(repr=False)

    def place(self, path: Path) -> Place:
        """Return line and column (from 1) of the value at a path; of the nearest part above where there is none."""
        while path and path not in self._values:
            path = path[:-1]
        return self._values[path]

    def key_place(self, path: Path) -> Place:
        """Return line and column (from 1) of the key that a path ends with; of its value for a list's item."""
        return self._keys.get(path) or self.place(path)

    def path_at(self, line: int, column: int) -> Path:
        """Return the path of what stands at a line and column, the root where nothing begins there."""
        here = (path for places in (self._values, self._keys) for path, at in places.items() if at == (line, column))
        return max(here, key=len, default=())

    def written(self, path: Path) -> str | None:
        """Return an unquoted word as it stands in the text (2026.10), None for anything else."""
        return self._written.get(path)

    def fault(self, path: Path, what: Text, expected: Text | None = None) -> Fault:
        """Return a fault placed at the value of a path."""
        line, column = self.place(path)
        return Fault(what, expected, self.file, line, column)

    def key_fault(self, path: Path, what: Text, expected: Text | None = None) -> Fault:
        """Return a fault placed at the key that a path ends with."""
        line, column = self.key_place(path)
        return Fault(what, expected, self.file, line, column)


def read_yaml(source: str, file: str) -> Document | tuple[Fault, ...]:
    """Read one YAML 1.2 document; tabs, duplicate keys, tags, aliases and second documents are faults.

    `file`: the name that faults carry.
    """
    source = source.removeprefix("\ufeff")
    return _read_quickly(source, file) or _read_strictly(source, file)


def _read_quickly(source: str, file: str) -> Document | None:
    """Read a map or a list without a fault by libyaml, in a tenth of the time; None where the strict reader must judge.

    libyaml finds the same nodes at the same places wherever it finds no fault in a text without the signs above; what
    words mean is told here, not there.
    """
    if _TOLD_APART.search(source):
        return None
    reader = _Reader(file)
    try:
        reader.read(YAML(typ="safe", pure=False).parse(source))
    except (YAMLError, YAMLStreamError, UnicodeError):
        return None
    return reader.tell() if not reader.faults and isinstance(reader.data, dict | list) else None


def _read_strictly(source: str, file: str) -> Document | tuple[Fault, ...]:
    reader = _Reader(file)
    try:
        reader.read(_find_events(source))
    except ReaderError as error:
        reader.faults.append(_character_fault(source, error.position, file))
    except MarkedYAMLError as error:
        reader.faults.append(_syntax_fault(error, file))
    except YAMLStreamError as error:
        reader.faults.append(Fault(text("this is not YAML: %(problem)s", problem=str(error)), None, file, 1, 1))
    tabs = _tab_faults(source, file, reader.block_lines)
    if tabs or reader.faults:
        tabbed = {fault.line for fault in tabs}
        others = tuple(fault for fault in reader.faults if fault.line not in tabbed)
        return tuple(sorted(tabs + others, key=lambda fault: (fault.line or 0, fault.column or 0)))
    return reader.tell()


_kept: dict[str, tuple[Event, ...]] = {}


def _find_events(source: str) -> Iterator[Event]:
    """Yield what a parser finds in a text; what it found up to the end is kept, as it takes longer than a page."""
    found = _kept.get(source)
    if found is not None:
        yield from found
        return
    events = []
    for event in YAML(typ="safe", pure=True).parse(source):
        events.append(event)
        yield event
    if len(source) > MOST_KEPT:
        return
    if sum(map(len, _kept)) + len(source) > MOST_KEPT:
        _kept.clear()
    _kept[source] = tuple(events)


class _Reader:
    """Turns parser events into plain data and keeps the place of each node."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.data: Any = None
        self.values: dict[Path, Place] = {(): (1, 1)}
        self.keys: dict[Path, Place] = {}
        self.written: dict[Path, str] = {}
        self.faults: list[Fault] = []
        self.block_lines: set[int] = set()

    def tell(self) -> Document:
        """Return what was read."""
        return Document(self.data, self.file, self.values, self.keys, self.written)

    def read(self, events: Iterator[Event]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fault(event, text("a second document begins here"), text("one document in a file"))
                    return
                if event.version or event.tags:
                    self._fault(event, text("a directive (a line with %%)"), text("plain YAML 1.2 without directives"))
                self.data = self._node(next(events), events, ())

    def _node(self, event: Any, events: Iterator[Event], path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            raise MarkedYAMLError(problem="nested too deeply", problem_mark=event.start_mark)
        self.values[path] = self.keys[path] if _is_left_empty(event) and path in self.keys else _place(event)
        if isinstance(event, AliasEvent):
            self._fault(event, text("an alias (*%(name)s)", name=event.anchor), text("the value written out"))
            return None
        if event.anchor is not None:
            self._fault(event, text("an anchor (&%(name)s)", name=event.anchor), text("the value without an anchor"))
        if event.tag is not None:
            self._fault(event, text("a tag (%(name)s)", name=str(event.tag)), text("the value without a tag"))
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        return self._scalar(event, path)

    def _mapping(self, events: Iterator[Event], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, events, path)
            if key in mapping:
                first = self.keys[(*path, key)][0]
                what = text('the key "%(key)s" stands here a second time', key=key)
                self._fault(event, what, text("one %(key)s; the first is on line %(line)s", key=key, line=first))
                self._node(next(events), events, (*path, f"{key} again", 1))
                continue
            self.keys[(*path, key)] = _place(event)
            mapping[key] = self._node(next(events), events, (*path, key))
        return mapping

    def _key(self, event: Event, events: Iterator[Event], path: Path) -> str:
        if not isinstance(event, ScalarEvent):
            self._fault(event, text("a list or a map as a key"), text("a word as a key"))
            self._node(event, events, (*path, "key", 1))
            return f"line {event.start_mark.line + 1}"
        if event.tag is not None or event.anchor is not None:
            self._fault(event, text("a tag or an anchor on a key"), text("the key alone"))
        if event.implicit[0] and not isinstance(tell_meaning(event.value), str):
            what = text("the key %(key)s is not read as text", key=event.value or "~")
            self._fault(event, what, text('it in quotes: "%(key)s"', key=event.value))
        return str(event.value)

    def _sequence(self, events: Iterator[Event], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _scalar(self, event: ScalarEvent, path: Path) -> Any:
        if event.style:
            self.block_lines.update(range(event.start_mark.line + 2, event.end_mark.line + 2))
            return event.value
        self.written[path] = event.value
        return tell_meaning(event.value)

    def _fault(self, event: Event, what: Text, expected: Text) -> None:
        line, column = _place(event)
        self.faults.append(Fault(what, expected, self.file, line, column))


def tell_meaning(word: str) -> str | bool | int | float | None:
    """Return what an unquoted word means in the core schema."""
    if word in _WORDS:
        return _WORDS[word]
    for pattern, number in _NUMBERS if len(word) <= MAX_NUMBER else ():
        if pattern.fullmatch(word):
            return number(word)
    return word


def _is_left_empty(event: Event) -> bool:
    return isinstance(event, ScalarEvent) and not event.style and event.value == ""


def _place(event: Event) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _tab_faults(source: str, file: str, block_lines: set[int]) -> tuple[Fault, ...]:
    return tuple(
        Fault(text("a tab in the indentation"), text("spaces"), file, number, match.group().index("\t") + 1)
        for number, line in enumerate(source.splitlines(), start=1)
        if number not in block_lines and (match := _INDENT_TAB.match(line))
    )


def _character_fault(source: str, position: int, file: str) -> Fault:
    before = source[:position]
    what = text("a character that YAML does not allow (code %(code)s)", code=f"U+{ord(source[position]):04X}")
    return Fault(what, text("printable text"), file, before.count("\n") + 1, position - before.rfind("\n"))


def _syntax_fault(error: MarkedYAMLError, file: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    problem = "; ".join(str(part) for part in (error.problem, error.context) if part)
    what = text("this is not YAML: %(problem)s", problem=problem)
    return Fault(what, None, file, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)
