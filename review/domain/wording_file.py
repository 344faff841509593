"""Words of mails and letters as a YAML file: written whole, read with the place of every fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from review.domain.errors import Fault
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.wording import Piece, check_text, unify_ends
from review.domain.wording_list import PIECES
from review.domain.workflow_finding import one_of
from review.domain.yaml_text import Document, Path, read_yaml
from review.domain.yaml_writer import write_yaml

SCHEMA = "review-words/1"
WORDS = "words"


@dataclass(frozen=True)
class WordsText:
    """A file of words without a fault: the texts of each piece that it has."""

    words: Mapping[str, Mapping[str, str]]


def write_words(words: Mapping[str, Mapping[str, str]]) -> str:
    """Return the texts of these pieces as a file that `parse_words` reads back to the same."""
    return write_yaml({"schema": SCHEMA, WORDS: {name: dict(texts) for name, texts in words.items()}})


def parse_words(source: str, file: str) -> WordsText | tuple[Fault, ...]:
    """Read a file of words; return every fault, with its place in the file, instead of the words."""
    document = read_yaml(source, file)
    if not isinstance(document, Document):
        return document
    reader = _Reader(document, source.removeprefix("\ufeff"))
    faults = tuple(reader.find_faults())
    if faults:
        return faults
    given: Mapping[str, Mapping[str, str]] = document.data[WORDS]
    return WordsText(
        {name: {key: unify_ends(each).strip() for key, each in texts.items()} for name, texts in given.items()}
    )


class _Reader:
    """Looks a file through, part by part."""

    def __init__(self, document: Document, source: str) -> None:
        self.document, self.lines = document, source.splitlines()

    def find_faults(self) -> Iterator[Fault]:
        document, data = self.document, self.document.data
        if not isinstance(data, dict) or not isinstance(data.get(WORDS), dict):
            yield document.fault((), text("this is no file of words"), text("a map with schema and words"))
            return
        if data.get("schema") != SCHEMA:
            at: Path = ("schema",) if "schema" in data else ()
            yield document.fault(at, text("the schema is another one"), text("schema: %(schema)s", schema=SCHEMA))
        for key in data.keys() - {"schema", WORDS}:
            yield document.key_fault((key,), text('the key "%(key)s" is not known', key=key), text("schema and words"))
        for name, texts in data[WORDS].items():
            yield from self._find_in_piece(name, texts)

    def _find_in_piece(self, name: str, texts: Any) -> Iterator[Fault]:
        piece, path = PIECES.get(name), (WORDS, name)
        if piece is None:
            what = text("there is no mail or part of the letter “%(name)s”", name=name)
            yield self.document.key_fault(path, what, one_of(PIECES, name))
        elif not isinstance(texts, dict):
            expected = text("a map with %(names)s", names=", ".join(each.id for each in piece.fields))
            yield self.document.fault(path, text("these are no texts"), expected)
        else:
            yield from self._find_in_texts(piece, texts)

    def _find_in_texts(self, piece: Piece, texts: Mapping[str, Any]) -> Iterator[Fault]:
        path = (WORDS, piece.id)
        for each in piece.fields:
            if each.id not in texts:
                yield self.document.key_fault(path, text("the text “%(name)s” is missing", name=each.id))
        for name, value in texts.items():
            about = piece.find(name)
            if about is None:
                what = text("there is no such text here")
                yield self.document.key_fault((*path, name), what, one_of([each.id for each in piece.fields], name))
            elif not isinstance(value, str):
                yield self.document.fault(
                    (*path, name), text("this is not text"), text("words, in quotes where needed")
                )
            else:
                yield from (self._place(fault, (*path, name)) for fault in check_text(about, value.rstrip("\n")))

    def _place(self, fault: Fault, path: Path) -> Fault:
        """Return the fault of a text at its place in the file; at the beginning of the text where lines are folded."""
        line, column = self.document.place(path)
        inner, across = fault.line or 1, fault.column or 1
        written = self.lines[line - 1][column - 1 :]
        if written.startswith("|"):
            head = next((each for each in self.lines[line:] if each.strip()), "")
            line, column = line + inner, len(head) - len(head.lstrip(" ")) + across
        elif inner == 1 and not written.startswith(">"):
            column += across - 1 + written.startswith(('"', "'"))
        return replace(fault, file=self.document.file, line=line, column=column, field=None)
