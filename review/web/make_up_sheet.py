"""The proposal of a make-up as rows of a page: places, cases, and what was changed by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flask_babel import gettext

from review.domain.make_up import CaseChoice, Part, Place, PlaceChoice, Proposal
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.forms.committees import ROLE_WORDS
from review.queries.make_up import MakeUp
from review.services.committees_make_up import Chosen


@dataclass(frozen=True)
class PlaceRow:
    """A person on the sheet: the field, what is chosen in it, and why."""

    field: str
    name: str
    function: str
    chosen: str
    change: str
    reason: Text


@dataclass(frozen=True)
class CommitteeRow:
    """A committee on the sheet, with what the proposal gives it."""

    number: int
    name: str
    places: tuple[PlaceRow, ...]
    cases: int


@dataclass(frozen=True)
class CaseRow:
    """A case on the sheet: the committee chosen, who leaves the room for it, and why."""

    field: str
    code: str
    candidate: str
    target: str
    chosen: int
    change: str
    out: tuple[str, ...]
    reason: Text


@dataclass(frozen=True)
class Sheet:
    """The proposal as the page shows it, with what was changed by hand."""

    committees: tuple[CommitteeRow, ...]
    free: tuple[PlaceRow, ...]
    cases: tuple[CaseRow, ...]
    homeless: tuple[CaseRow, ...]
    sealed: int
    is_new: bool


def write_sheet(made: MakeUp, proposal: Proposal, chosen: Chosen | None) -> Sheet:
    """Return a whole make-up as rows, as it was left where something was chosen."""
    facts = made.situation
    by_hand = _find_by_hand(chosen)
    rows = [
        write_place(
            made, each, say_place(each) if chosen is None else _choice_in(by_hand, each.person_id, each.committee)
        )
        for each in proposal.places
    ]
    homes = {each.case_id: each.committee for each in proposal.cases}
    cases = tuple(
        write_case(made, each, each.committee if chosen is None else chosen.cases.get(each.case_id))
        for each in proposal.cases
    )
    load = count_cases(made, homes)
    names = chosen.names if chosen else {}
    return Sheet(
        committees=tuple(
            CommitteeRow(
                number,
                names.get(number, name),
                tuple(row for row, each in zip(rows, proposal.places, strict=True) if each.committee == number),
                load[number],
            )
            for number, name in facts.names.items()
        ),
        free=tuple(
            write_free(made, person, why, _choice_in(by_hand, person, 0)) for person, why in proposal.left.items()
        ),
        cases=tuple(row for row in cases if row.chosen),
        homeless=tuple(row for row in cases if not row.chosen),
        sealed=sum(each.is_sealed for each in facts.cases),
        is_new=any(each.was is not each.part for each in proposal.places) or any(e.is_changed for e in proposal.cases),
    )


def count_cases(made: MakeUp, homes: Mapping[int, int | None]) -> Counter[int]:
    """Return how many cases each committee has, the sealed ones with those that go to it."""
    load = Counter(home for home in homes.values() if home)
    load.update(each.committee for each in made.situation.cases if each.is_sealed and each.committee)
    return load


def _find_by_hand(chosen: Chosen | None) -> dict[int, dict[int, str]]:
    """Return what was chosen for each person: committee -> the value of the field."""
    found: dict[int, dict[int, str]] = {}
    for each in chosen.places if chosen else ():
        found.setdefault(each.person_id, {})[each.committee] = say_place(each)
    return found


def _choice_in(by_hand: dict[int, dict[int, str]], person: int, committee: int) -> str:
    """Return what the field of a person's place holds: their choice for that committee, else for another."""
    values = by_hand.get(person, {})
    return values.get(committee) or next(iter(values.values()), "")


def say_place(place: PlaceChoice | Place) -> str:
    """Return the value of a field that holds a place."""
    return f"{place.committee}:{place.part}"


def write_free(made: MakeUp, person: int, why: Text, chosen: str) -> PlaceRow:
    """Return the row of somebody whom the proposal has on no committee."""
    sitter = made.situation.sitters[person]
    return PlaceRow(f"place_0_{person}", sitter.name, sitter.function, chosen, "", why)


def write_place(made: MakeUp, choice: PlaceChoice, chosen: str) -> PlaceRow:
    """Return the row of a place that is proposed."""
    sitter = made.situation.sitters[choice.person_id]
    return PlaceRow(
        field=f"place_{choice.committee}_{sitter.id}",
        name=sitter.name,
        function=sitter.function,
        chosen=chosen,
        change=_change_of(choice),
        reason=choice.reason,
    )


def _change_of(choice: PlaceChoice) -> str:
    if choice.was is None:
        return gettext("new")
    if choice.was is not choice.part:
        return gettext("was %(role)s", role=ROLE_WORDS[Part(choice.was)])
    return ""


def write_case(made: MakeUp, choice: CaseChoice, committee: int | None) -> CaseRow:
    """Return the row of a case that is to go to a committee."""
    label, names = made.labels[choice.case_id], made.situation.names
    was = names.get(choice.was, "") if choice.was is not None else ""
    change = gettext("was %(committee)s", committee=was) if choice.is_changed and was else ""
    sitters = made.situation.sitters
    return CaseRow(
        field=f"case_{choice.case_id}",
        code=label.code,
        candidate=label.candidate,
        target=label.target,
        chosen=committee or 0,
        change=change,
        out=tuple(sitters[each].name for each in choice.out if each in sitters),
        reason=choice.reason if committee == choice.committee else text("Changed by hand"),
    )
