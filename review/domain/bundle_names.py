"""What ids in a bundle stand for: criteria, levels, tracks and questions, as the ladders call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from review.domain.ladder import Ladder

Names = Mapping[str, Mapping[str, str]]
ANSWER = "answer_"
"""What the fields of a role-fit sheet begin with; the id of its question follows."""
CRITERION, LEVEL, TRACK, QUESTION = "criterion", "level", "track", "question"
KIND_OF_FIELD: Mapping[str, str] = {
    "criterion_id": CRITERION,
    "ratings": CRITERION,
    "level_id": LEVEL,
    "from_level_id": LEVEL,
    "to_level_id": LEVEL,
    "track_id": TRACK,
}
"""Which fields hold ids, and of what."""


def collect_names(ladders: Iterable[Ladder]) -> dict[str, dict[str, str]]:
    """Return the names by kind and id; of the same id the last ladder's name counts."""
    found: dict[str, dict[str, str]] = {CRITERION: {}, LEVEL: {}, TRACK: {}, QUESTION: {}}
    for ladder in ladders:
        found[CRITERION] |= {each.id: each.name for each in ladder.criteria}
        found[LEVEL] |= {each.id: each.label for each in ladder.levels}
        found[TRACK] |= {each.id: each.name for each in ladder.tracks}
        found[QUESTION] |= {each.id: each.question for each in ladder.role_fit}
    return found


def say_id(names: Names, field: str, value: str) -> str:
    """Return what an id in a field stands for; what no ladder names stays as it is."""
    known = names.get(KIND_OF_FIELD.get(field, ""), {})
    if field != "ratings":
        return known.get(value, value)
    pairs = (each.rpartition(" ") for each in value.split(", "))
    return ", ".join(f"{known.get(name, name)} {number}" for name, _, number in pairs)


def say_question(names: Names, field: str) -> str:
    """Return the question that a field of the role-fit sheet answers."""
    key = field.removeprefix(ANSWER)
    return names.get(QUESTION, {}).get(key, key)
