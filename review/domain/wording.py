"""The words of mails and letters: sentences with names in double braces that are filled in, and nothing else.

`{{candidate}}` stands for a value. `[[ … ]]` holds words that are left out where a value in them is missing; after a
bar stands what is said then: `[[It is due on {{due}}.|It has a later day.]]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from review.domain.canonical_json import canonical_json, digest
from review.domain.errors import Fault
from review.domain.text import Text, text
from review.domain.values import dataclass

LONGEST_LINE, LONGEST_SENTENCE, LONGEST_BODY = 150, 500, 4_000
TOKEN = re.compile(
    r"\{\{(?P<name>[^{}\[\]\n]*)\}\}|(?P<sign>\{\{|\}\}|\[\[|\]\]|\||\{[%#]|[%#]\})|\{(?P<single>[A-Za-z_]+)\}"
)
HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Control characters, other ends of lines, what turns the words after it around, and lone surrogates; marks of
direction stay, people write right to left too."""
PARAGRAPHS = re.compile(r"\n[ \t]*\n")
JINJA = ("{%", "%}", "{#", "#}")
STRAY = {
    "{{": (text("braces that are not closed"), text("a name and two closing braces, as in {{reader}}")),
    "}}": (text("braces that close nothing"), text("two opening braces and a name before them")),
    "]]": (text("brackets that close nothing"), text("two opening brackets before them")),
    **dict.fromkeys(JINJA, (text("a sign that is not known here"), text("names in {{ }} and parts in [[ ]] alone"))),
}


@dataclass(frozen=True)
class Name:
    """A value that is filled in."""

    name: str


@dataclass(frozen=True)
class Either:
    """Words for when every value in them is there, and words for when one is missing."""

    given: tuple[str | Name, ...]
    missing: tuple[str | Name, ...]


Part = str | Name | Either


@dataclass(frozen=True)
class Field:
    """One text of a mail or of the letter, as it is shipped, and what may be filled into it.

    `names` are always there; those of `may_miss` stand in `[[ ]]` alone. `is_body` tells whether it has paragraphs;
    `longest` is how many signs it may have; an `is_optional` one is shipped empty, and may be.
    """

    id: str
    label: Text
    shipped: tuple[Text, ...]
    names: tuple[str, ...] = ()
    may_miss: tuple[str, ...] = ()
    is_body: bool = False
    longest: int = LONGEST_LINE
    is_optional: bool = False


class Room(StrEnum):
    """What a mail or a part of the letter belongs to."""

    FRAME = "frame"
    REQUESTS = "requests"
    CASES = "cases"
    ACCOUNTS = "accounts"
    LETTER = "letter"


@dataclass(frozen=True)
class Piece:
    """A mail, or a part of the letter: to whom, when, and its texts."""

    id: str
    room: Room
    title: Text
    to: Text
    when: Text
    fields: tuple[Field, ...]

    @property
    def is_letter(self) -> bool:
        """Tell whether it is a part of the letter, which a second person publishes."""
        return self.room is Room.LETTER

    @property
    def is_frame(self) -> bool:
        """Tell whether it is what stands around the words of every mail."""
        return self.room is Room.FRAME

    @property
    def shipped_digest(self) -> str:
        """Return the digest of the words as they are shipped, in English."""
        return digest(canonical_json({each.id: [one.one for one in each.shipped] for each in self.fields}))

    def find(self, field_id: str) -> Field | None:
        """Return one of its texts."""
        return next((each for each in self.fields if each.id == field_id), None)


@dataclass(slots=True)
class _Open:
    """Brackets that are not closed yet, and where they began."""

    at: int
    given: list[str | Name] = field(default_factory=list)
    missing: list[str | Name] | None = None

    @property
    def parts(self) -> list[str | Name]:
        return self.given if self.missing is None else self.missing


class _Reader:
    """Reads one text into its parts and keeps every fault with its place."""

    def __init__(self, about: Field, source: str) -> None:
        self.field, self.source = about, source
        self.parts: list[Part] = []
        self.open: _Open | None = None
        self.faults: list[Fault] = []

    def read(self) -> None:
        end = 0
        for found in TOKEN.finditer(self.source):
            self._add(self.source[end : found.start()])
            end = found.end()
            if found["name"] is not None:
                self._name(found["name"].strip(), found.start())
            elif found["single"]:
                self._single(found["single"], found.start())
            else:
                self._sign(found["sign"], found.start())
        self._add(self.source[end:])
        if self.open is not None:
            self.fault(self.open.at, text("brackets that are not closed"), text("two closing brackets: ]]"))

    def fault(self, at: int, what: Text, expected: Text | None = None) -> None:
        before = self.source[:at]
        line, column = before.count("\n") + 1, at - before.rfind("\n")
        self.faults.append(Fault(what, expected, line=line, column=column, field=self.field.id))

    def _add(self, part: str | Name) -> None:
        (self.open.parts if self.open else self.parts).append(part)

    def _name(self, name: str, at: int) -> None:
        about = self.field
        if name in about.may_miss:
            if self.open is None or self.open.missing is not None:
                expected = text("brackets around its words: [[{{%(name)s}}]]", name=name)
                self.fault(at, text("“{{%(name)s}}” may be missing", name=name), expected)
        elif name not in about.names:
            known = ", ".join(f"{{{{{each}}}}}" for each in (*about.names, *about.may_miss))
            expected = (
                text("one of: %(known)s", known=known) if known else text("words alone: nothing is filled in here")
            )
            self.fault(at, text("“{{%(name)s}}” is not known here", name=name), expected)
        self._add(Name(name))

    def _single(self, name: str, at: int) -> None:
        self.fault(at, text("single braces"), text("two of them: {{%(name)s}}", name=name))

    def _sign(self, sign: str, at: int) -> None:
        if sign == "|" and self.open is None:
            self._add(sign)
        elif sign == "|" and self.open is not None and self.open.missing is None:
            self.open.missing = []
        elif sign == "|":
            self.fault(at, text("a second bar in the same brackets"), text("one bar: before it with, after it without"))
        elif sign == "[[" and self.open is None:
            self.open = _Open(at)
        elif sign == "[[":
            self.fault(at, text("brackets in brackets"), text("]] before the next ones"))
        elif sign == "]]" and self.open is not None:
            self._close(self.open)
        else:
            self.fault(at, *STRAY[sign])

    def _close(self, opened: _Open) -> None:
        if not any(isinstance(part, Name) and part.name in self.field.may_miss for part in opened.given):
            expected = _one_of(self.field.may_miss) or text("no brackets: here everything is always there")
            self.fault(opened.at, text("nothing in these brackets can be missing"), expected)
        self.open = None
        self.parts.append(Either(tuple(opened.given), tuple(opened.missing or ())))


def _one_of(names: Iterable[str]) -> Text | None:
    known = ", ".join(f"{{{{{name}}}}}" for name in names)
    return text("one of: %(known)s", known=known) if known else None


def unify_ends(source: str) -> str:
    r"""Return a text whose lines all end with \n."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def check_text(about: Field, source: str) -> tuple[Fault, ...]:
    """Return every fault of what somebody wrote for a field, in the order of its places."""
    source = unify_ends(source)
    reader = _Reader(about, source)
    if not source.strip() and about.is_optional:
        return ()
    if not source.strip():
        reader.fault(0, text("Nothing is written here"), text("at least a word"))
        return tuple(reader.faults)
    reader.read()
    for found in HIDDEN.finditer(source):
        what = text("a sign that nobody sees (%(code)s)", code=f"U+{ord(found[0]):04X}")
        reader.fault(found.start(), what, text("the words without it"))
    if not about.is_body and "\n" in source.strip("\n"):
        reader.fault(source.index("\n"), text("the line ends here"), text("one line"))
    if len(source) > about.longest:
        reader.fault(about.longest, text("This is too long"), text("at most %(count)s signs", count=about.longest))
    return tuple(sorted(reader.faults, key=lambda fault: (fault.line or 0, fault.column or 0)))


def check_piece(piece: Piece, words: Mapping[str, str]) -> tuple[Fault, ...]:
    """Return every fault of the texts of a mail or a part of the letter; a text that is not there is one."""
    found = [fault for each in piece.fields if each.id in words for fault in check_text(each, words[each.id])]
    found += [Fault(text("this text is missing"), field=each.id) for each in piece.fields if each.id not in words]
    found += [Fault(text("there is no such text here"), field=name) for name in words if piece.find(name) is None]
    return tuple(found)


def fill_text(about: Field, source: str, values: Mapping[str, str]) -> str:
    """Return what a field says with its values filled in: one line, or paragraphs with an empty line between.

    Raises KeyError for a name that has no value; a value that is empty is missing.
    """
    reader = _Reader(about, unify_ends(source))
    reader.read()
    filled = "".join(_fill(part, values) for part in reader.parts)
    if not about.is_body:
        return " ".join(filled.split())
    return "\n\n".join(words for part in PARAGRAPHS.split(filled) if (words := " ".join(part.split())))


def _fill(part: Part, values: Mapping[str, str]) -> str:
    match part:
        case Name(name):
            return " ".join(values[name].split())
        case Either(given, missing):
            is_there = all(values[each.name] for each in given if isinstance(each, Name))
            return "".join(_fill(each, values) for each in (given if is_there else missing))
        case _:
            return part


def names_of(fields: Iterable[Field]) -> tuple[str, ...]:
    """Return what may be filled in anywhere in these texts, each once, in order."""
    return tuple(dict.fromkeys(name for each in fields for name in (*each.names, *each.may_miss)))
