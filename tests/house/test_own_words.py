"""Criteria, levels and disciplines stand in ladder files alone: code and templates know none that is shipped."""

from __future__ import annotations

import re

from review.config import ROOT
from tests.factories import read_ladder

LADDERS = sorted((ROOT / "workflows" / "ladders").glob("*.yaml"))
DEMO = ROOT / "review" / "demo"
"""The demo company is made of product managers; nothing else reads it."""
EVERYDAY = "leadership"
KINDS = frozenset({".py", ".html", ".txt", ".css", ".js"})


def list_texts():
    for folder in ("review", "templates"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in KINDS and not path.is_relative_to(DEMO):
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def list_names():
    """Yield the names and ids of what the shipped ladders hold."""
    for path in LADDERS:
        _, ladder = read_ladder(path)
        yield from (ladder.id, ladder.name)
        for part in (*ladder.criteria, *ladder.levels):
            yield from (part.id, part.name)


def test_the_program_knows_no_criterion_level_or_discipline_of_the_shipped_ladders():
    names = {name for name in list_names() if name.lower() != EVERYDAY}
    assert len(names) > 40
    known = re.compile(rf"(?<![\w-])({'|'.join(sorted(map(re.escape, names)))})(?![\w-])", re.IGNORECASE)
    told = {path: sorted({found.lower() for found in known.findall(text)}) for path, text in list_texts()}
    assert {path: words for path, words in told.items() if words} == {}
