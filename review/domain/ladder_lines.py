"""Lists of a ladder's cell as lines of a form: signals, measures and examples, each on a line, none losing its id."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from review.domain.matching import MOST_STEPS, count_steps
from review.domain.writing import clean

Item = Any
MOST_LINES = 60
"""Lines of one list: matching reworded ones looks at all pairs."""
ALIKE = 0.5
"""From which share of common words on a line is the old one reworded, not another."""
NEXT_LINE = "\n  "
_MEASURE = re.compile(
    r"(?P<name>.*\S)\s+(?P<op><=|>=|=|<|>)\s*(?P<value>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\s+(?P<unit>\S.*))?"
)


def join_lines(texts: Sequence[str]) -> str:
    """Return texts as lines; what is of more than one line goes on after two spaces."""
    return "\n".join(NEXT_LINE.join(clean(text).strip().split("\n")) for text in texts)


def split_lines(words: str) -> tuple[str, ...]:
    """Return the texts that stand in lines, as `join_lines` writes them; empty lines between them are left out."""
    found: list[list[str]] = []
    for line in clean(words).split("\n"):
        if found and line.startswith("  "):
            found[-1].append(line[2:])
        elif line.strip():
            found.append([line])
    return tuple("\n".join(lines).strip() for lines in found)


def signal_text(item: Item) -> str:
    """Return the words of a signal, which is text alone or a map."""
    return str(item["text"]) if isinstance(item, dict) else str(item)


def measure_line(item: Item) -> str:
    """Return a measure as a line: name, bound, value, unit."""
    return " ".join(str(item[key]) for key in ("name", "op", "value", "unit") if key in item)


def put_signals(old: Sequence[Item], lines: Sequence[str], *, prefix: str, taken: Collection[str]) -> list[Item]:
    """Return the signals of the lines: a line that stayed or is reworded keeps its id and what hangs on it.

    Args:
        prefix: begins the ids of signals that have none, as `ladder_cells.build_signals` makes them.
        taken: ids that no new signal may have.
    """
    found = match_lines([signal_text(item) for item in old], lines)
    if found == list(range(len(old))):
        return [_reword_signal(item, line) for item, line in zip(old, lines, strict=True)]
    ids = [item.get("id") if isinstance(item, dict) else None for item in old]
    known = [given or f"{prefix}.{number}" for number, given in enumerate(ids, start=1)]
    fresh = _fresh(prefix, {*taken, *known}, len(old))
    named = []
    for line, place in zip(lines, found, strict=True):
        item = {} if place is None else _reword_signal(old[place], line)
        rest = item if isinstance(item, dict) else {"text": item}
        name = next(fresh) if place is None else known[place]
        named.append({"id": name, "text": line, **{key: rest[key] for key in rest if key != "id"}})
    return named


def put_measures(old: Sequence[Item], lines: Sequence[str]) -> tuple[list[Item], tuple[str, ...]]:
    """Return the measures of the lines, and the lines that are none; ids are kept as those of signals are."""
    found = match_lines([measure_line(item) for item in old], lines)
    taken = {str(item.get("id")) for item in old}
    measures, wrong = [], []
    for line, place in zip(lines, found, strict=True):
        read = _MEASURE.fullmatch(line)
        if place is not None and clean(measure_line(old[place])).strip() == line:
            measures.append(old[place])
        elif read is None:
            wrong.append(line)
        else:
            kept = {} if place is None else {key: old[place][key] for key in ("id", "x") if key in old[place]}
            name = kept.pop("id", None) or make_id(read["name"], taken)
            taken.add(name)
            measures.append({"id": name, **_measure(read), **kept})
    return measures, tuple(wrong)


def put_examples(old: Sequence[Item], lines: Sequence[str]) -> list[Item]:
    """Return the examples of the lines; one that stayed is kept to the letter."""
    found = match_lines([str(item) for item in old], lines)
    return [
        old[place] if place is not None and clean(old[place]).strip() == line else line
        for line, place in zip(lines, found, strict=True)
    ]


def make_id(name: str, taken: Collection[str]) -> str:
    """Return an id made of a name, unlike those that are taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "item"
    return plain if plain not in taken else next(_fresh(plain, taken, 1, "-"))


def match_lines(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """Return for each new line the place of the old line that it is, or rewords; None for another one.

    The same words go first; of what is left each line takes the old one that it shares most words with. Lines that
    would take too long to compare are other ones.
    """
    before = [clean(text).strip() for text in old]
    free = list(range(len(before)))
    found: list[int | None] = [None] * len(new)

    def take(place: int, number: int | None) -> None:
        if number is not None:
            found[place] = number
            free.remove(number)

    for place, line in enumerate(new):
        same = place if place in free and before[place] == line else None
        take(place, same if same is not None else next((n for n in free if before[n] == line), None))
    left = MOST_STEPS
    for place, line in enumerate(new):
        steps = sum(count_steps(_words(before[n]), _words(line)) for n in free) if found[place] is None else 0
        if found[place] is None and steps <= left:
            take(place, _most_alike(line, place, free, before.__getitem__))
            left -= steps
    return found


def _most_alike(line: str, place: int, free: Sequence[int], text_of: Callable[[int], str]) -> int | None:
    words = _words(line)
    ratios = {n: SequenceMatcher(None, _words(text_of(n)), words, autojunk=False).ratio() for n in free}
    best = max(free, key=lambda n: (ratios[n], n == place), default=None)
    return best if best is not None and ratios[best] >= ALIKE else None


def _words(line: str) -> list[str]:
    return line.casefold().split()


def _reword_signal(item: Item, line: str) -> Item:
    if clean(signal_text(item)).strip() == line:
        return item
    return {**item, "text": line} if isinstance(item, dict) else line


def _measure(read: re.Match[str]) -> dict[str, Any]:
    value = read["value"]
    number: int | float = int(value) if re.fullmatch(r"[-+]?\d+", value) else float(value)
    measure = {"name": read["name"], "op": read["op"], "value": number}
    return measure | {"unit": read["unit"]} if read["unit"] else measure


def _fresh(prefix: str, taken: Collection[str], number: int, sign: str = ".") -> Iterator[str]:
    while True:
        number += 1
        if (name := f"{prefix}{sign}{number}") not in taken:
            yield name
