"""Warnings about a ladder that can be used as it is, but perhaps should not."""

from __future__ import annotations

from collections.abc import Iterator

from review.domain.errors import Fault
from review.domain.ladder import Ladder, Level, MoveKind
from review.domain.text import text
from review.domain.yaml_text import Document, Path, read_yaml


def lint_ladder(ladder: Ladder, source: str, *, file: str) -> tuple[Fault, ...]:
    """Return every warning about a ladder, placed in the text that it was read from."""
    document = read_yaml(source, file)
    if not isinstance(document, Document):
        return document
    paths: dict[str, Path] = {level.id: ("levels", number) for number, level in enumerate(ladder.levels)}
    warnings = [
        *_pay_bands(ladder, document, paths),
        *_lonely_levels(ladder, document, paths),
        *_unrated_levels(ladder, document, paths),
        *_missing_grades(ladder, document, paths),
        *_signals_without_words(ladder, document),
    ]
    return tuple(sorted(warnings, key=lambda fault: (fault.line or 0, fault.column or 0)))


def _pay_bands(ladder: Ladder, document: Document, paths: dict[str, Path]) -> Iterator[Fault]:
    first: dict[int, Level] = {}
    for level in ladder.levels:
        if level.grade is None or level.pay_band is None:
            continue
        other = first.setdefault(level.grade, level)
        if other.pay_band != level.pay_band:
            what = text(
                "grade %(grade)s has two pay bands: %(other)s has %(theirs)s, %(level)s has %(own)s",
                grade=level.grade,
                other=other.id,
                theirs=other.pay_band,
                level=level.id,
                own=level.pay_band,
            )
            expected = text("the same pay band for the same grade on both tracks")
            yield document.fault((*paths[level.id], "pay_band"), what, expected)


def _lonely_levels(ladder: Ladder, document: Document, paths: dict[str, Path]) -> Iterator[Fault]:
    ends = {move.from_level for move in ladder.moves} | {move.to_level for move in ladder.moves}
    for level in ladder.levels:
        if level.id not in ends and len(ladder.levels) > 1:
            what = text("no move leads to %(level)s or away from it", level=level.id)
            yield document.fault(paths[level.id], what, text("a move, or a track that it shares with another level"))


def _unrated_levels(ladder: Ladder, document: Document, paths: dict[str, Path]) -> Iterator[Fault]:
    if ladder.scoring is not None:
        return
    for level in ladder.levels:
        if not ladder.rated_criteria(level.id):
            what = text("nothing can be rated at %(level)s: every cell is empty", level=level.id)
            yield document.fault(paths[level.id], what, text("at least one criterion with words for this level"))


def _missing_grades(ladder: Ladder, document: Document, paths: dict[str, Path]) -> Iterator[Fault]:
    if all(level.grade is None for level in ladder.levels):
        return
    for level in ladder.levels:
        if level.grade is None:
            what = text("%(level)s has no grade, so it cannot be compared with other tracks", level=level.id)
            yield document.fault(paths[level.id], what, text("a grade, as the other levels have"))


def _signals_without_words(ladder: Ladder, document: Document) -> Iterator[Fault]:
    """Yield a warning for each next level whose filled cells have nothing that evidence can be tied to."""
    targets = {move.to_level for move in ladder.moves if move.kind in {MoveKind.PROMOTION, MoveKind.ENTRY}}
    holders = _criterion_paths(document)
    for criterion in ladder.criteria:
        for level in ladder.levels:
            cell = ladder.expectation(criterion.id, level.id)
            if level.id in targets and criterion.is_rated and cell.is_filled and not (cell.signals or cell.base):
                what = text("%(criterion)s at %(level)s has no signals", criterion=criterion.id, level=level.id)
                expected = text("signals, so that evidence can be tied to a sentence")
                yield document.fault((*holders[criterion.id], "at", level.id), what, expected)


def _criterion_paths(document: Document) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    for number, category in enumerate(document.data.get("categories", [])):
        for place, criterion in enumerate(category.get("criteria", [])):
            paths[criterion["id"]] = ("categories", number, "criteria", place)
    for number, criterion in enumerate(document.data.get("criteria", [])):
        paths[criterion["id"]] = ("criteria", number)
    return paths
