"""A cell of a ladder as the words of a form, and back: what the form does not ask stays as it is."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from review.domain.errors import Fault
from review.domain.ladder_lines import (
    MOST_LINES,
    join_lines,
    measure_line,
    put_examples,
    put_measures,
    put_signals,
    signal_text,
    split_lines,
)
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.writing import clean

Cell = Any
"""A cell as a ladder file has it: text, a map, nothing that is a blank one."""


class Says(StrEnum):
    """What a cell is."""

    WORDS = "words"
    SAME = "same"
    NOT_DEFINED = "not_defined"
    BLANK = "blank"
    ABSENT = "absent"


@dataclass(frozen=True)
class CellWords:
    """What a form asks of a cell; lists stand one thing a line. `plus` is what a repeated cell adds."""

    says: str
    summary: str = ""
    signals: str = ""
    measures: str = ""
    examples: str = ""
    step: str = ""
    same_as: str = ""
    plus: str = ""


_OWN = ("summary", "signals", "measures", "examples", "step")
_KINDS = ("same_as", "plus", "not_defined", "blank")
_KEPT_ALWAYS = ("weight", "x")


def read_cell(cell: Cell, *, is_there: bool = True) -> CellWords:
    """Return the words of a cell; `is_there` is false for a level that the criterion says nothing of."""
    if not is_there:
        return CellWords(Says.ABSENT)
    plain = _as_map(cell)
    if plain.get("not_defined"):
        return CellWords(Says.NOT_DEFINED)
    if plain.get("blank"):
        return CellWords(Says.BLANK)
    if plain.get("same_as"):
        return CellWords(Says.SAME, same_as=plain["same_as"], plus=_signal_lines(plain, "plus"))
    return CellWords(
        Says.WORDS,
        summary=clean(plain.get("summary") or "").strip(),
        signals=_signal_lines(plain, "signals"),
        measures=join_lines([measure_line(each) for each in plain.get("measures", ())]),
        examples=join_lines(plain.get("examples", ())),
        step=plain.get("step") or "",
    )


def write_cell(
    cell: Cell, words: CellWords, *, prefix: str, taken: Collection[str]
) -> tuple[dict[str, Any] | str | None, tuple[Fault, ...]]:
    """Return the cell that a form describes, None for an absent one, and what is wrong with its lines.

    Args:
        cell: as it is now, or None; what the form does not ask is taken from it.
        prefix: of the ids of its signals.
        taken: ids that no new signal may have.
    """
    faults = find_long_lists(words)
    if faults:
        return None, faults
    if words.says == Says.ABSENT:
        return None, ()
    plain = {} if cell is None else _as_map(cell)
    if cell is not None and read_cell(cell) == words:
        return cell, ()
    if words.says == Says.WORDS:
        return _write_own(plain, words, prefix, taken)
    kept = {key: plain[key] for key in _KEPT_ALWAYS if key in plain}
    if words.says != Says.SAME:
        return {str(words.says): True, **kept}, ()
    kept |= {key: plain[key] for key in ("refers_to",) if key in plain}
    plus = put_signals(plain.get("plus", ()), split_lines(words.plus), prefix=f"{prefix}.plus", taken=taken)
    return {"same_as": words.same_as, **({"plus": plus} if plus else {}), **kept}, ()


def find_long_lists(words: CellWords) -> tuple[Fault, ...]:
    """Return a fault for each list that has more lines than a cell is good for."""
    expected = text("at most %(most)s lines", most=MOST_LINES)
    return tuple(
        Fault(text("The list is too long"), expected, field=name)
        for name in ("signals", "measures", "examples", "plus")
        if len(split_lines(getattr(words, name))) > MOST_LINES
    )


def _write_own(
    plain: dict[str, Any], words: CellWords, prefix: str, taken: Collection[str]
) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    measures, wrong = put_measures(plain.get("measures", ()), split_lines(words.measures))
    if wrong:
        expected = text("name, one of < <= = >= >, a number, and a unit if there is one: Weekly users >= 40 %%")
        return {}, tuple(
            Fault(text('"%(line)s" is no measure', line=line), expected, field="measures") for line in wrong
        )
    same = clean(plain.get("summary") or "").strip() == words.summary
    signals = put_signals(plain.get("signals", ()), split_lines(words.signals), prefix=prefix, taken=taken)
    own = {
        "summary": plain.get("summary") if same else words.summary,
        "signals": signals,
        "measures": measures,
        "examples": put_examples(plain.get("examples", ()), split_lines(words.examples)),
        "step": words.step,
    }
    kept = {key: value for key, value in plain.items() if key not in (*_OWN, *_KINDS)}
    said = {key: value for key, value in own.items() if value}
    return said | kept or {"blank": True}, ()


def _signal_lines(plain: dict[str, Any], key: str) -> str:
    return join_lines([signal_text(each) for each in plain.get(key, ())])


def _as_map(cell: Cell) -> dict[str, Any]:
    if cell is None or cell == "":
        return {"blank": True}
    return {"summary": cell} if isinstance(cell, str) else dict(cell)
