"""A large make-up, shown in parts: what changes or what is looked for, page by page; all is taken over at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from review.domain.committee_labels import MANY, label_committees
from review.domain.make_up import Place, Proposal
from review.domain.make_up_changes import Changes, PlaceKey, apply_changes
from review.domain.values import dataclass
from review.forms.committees import ROLE_WORDS
from review.forms.make_up import Look, Options, offer_options, write_changes
from review.queries.make_up import MakeUp
from review.web.make_up_sheet import CaseRow, PlaceRow, count_cases, say_place, write_case, write_free, write_place

MOST_WHOLE = 400
"""Up to so many cases, on as many committees as a list may offer, the whole proposal is on one page."""
PART_SIZE = 100
HOMELESS, FREE = "homeless", "free"


@dataclass(frozen=True)
class _Line:
    """A place or a case before it is written: where it stands, by which words it is found, whether it changes."""

    group: int | str
    field: str
    words: str
    is_changed: bool
    write: Callable[[], PlaceRow | CaseRow]


@dataclass(frozen=True)
class Group:
    """A committee, those without one, or those on none, with the rows of it on this page.

    `own_name` is the field for the name of a new committee.
    """

    kind: int | str
    name: str
    members: int
    cases: int
    own_name: str
    places: tuple[PlaceRow, ...]
    rows: tuple[CaseRow, ...]


@dataclass(frozen=True)
class Totals:
    """The whole make-up in numbers, as it was left."""

    committees: int
    members: int
    places_changed: int
    cases: int
    cases_changed: int
    homeless: int
    sealed: int
    by_hand: int


@dataclass(frozen=True)
class PartSheet:
    """A part of a large make-up. `carried` are the fields that bring along what was changed by hand elsewhere."""

    groups: tuple[Group, ...]
    totals: Totals
    options: Options
    carried: Mapping[str, str]
    by_hand: frozenset[str]
    unknown: Mapping[str, str]
    look: Look
    found: int
    first: int
    last: int

    @property
    def previous(self) -> int:
        """Return the number of the page before, 0 where there is none."""
        return self.look.page - 1

    @property
    def following(self) -> int:
        """Return the number of the next page, 0 where there is none."""
        return self.look.page + 1 if self.last < self.found else 0


def is_large(made: MakeUp) -> bool:
    """Tell whether a make-up is shown in parts."""
    movable = sum(not each.is_sealed for each in made.situation.cases)
    return len(made.situation.names) > MANY or movable > MOST_WHOLE


def write_part(made: MakeUp, proposal: Proposal, changes: Changes, look: Look, unknown: Mapping[str, str]) -> PartSheet:
    """Return a part of a proposal as it was changed by hand.

    Args:
        changes: what differs from the proposal.
        unknown: what was written in fields and means nothing; their rows come first on whatever part.
    """
    names = {**made.situation.names, **changes.names}
    places, homes = apply_changes(proposal, changes)
    by_hand = _fields_of(changes)
    labels = label_committees(names)
    lines = [each for each in _lines(made, proposal, changes, labels, homes) if _is_found(each, look, by_hand, unknown)]
    lines.sort(key=lambda each: each.field not in unknown)
    pages = max(-(-len(lines) // PART_SIZE), 1)
    page = min(look.page, pages)
    shown = lines[(page - 1) * PART_SIZE : page * PART_SIZE]
    groups = tuple(_groups(shown, names, Counter(each.committee for each in places), count_cases(made, homes)))
    carried = write_changes(changes)
    for each in groups:
        carried.pop(each.own_name, None)
    return PartSheet(
        groups=groups,
        totals=_count(made, proposal, changes, places, homes),
        options=offer_options(names, ROLE_WORDS),
        carried=carried,
        by_hand=by_hand,
        unknown=unknown,
        look=Look(look.words, look.is_all, page),
        found=len(lines),
        first=min((page - 1) * PART_SIZE + 1, len(lines)),
        last=(page - 1) * PART_SIZE + len(shown),
    )


def _fields_of(changes: Changes) -> frozenset[str]:
    places = (f"place_{committee}_{person}" for committee, person in changes.places)
    return frozenset((*places, *(f"case_{case}" for case in changes.cases)))


def _is_found(line: _Line, look: Look, by_hand: frozenset[str], unknown: Mapping[str, str]) -> bool:
    if line.field in unknown:
        return True
    is_wanted = look.is_all or line.is_changed or line.field in by_hand
    return is_wanted and all(word in line.words for word in look.words.casefold().split())


def _lines(
    made: MakeUp, proposal: Proposal, changes: Changes, labels: Mapping[int, str], homes: Mapping[int, int | None]
) -> Iterator[_Line]:
    """Yield every line: cases without a committee, each committee with its places and cases, people on none."""
    found: dict[int | str, list[_Line]] = {HOMELESS: [], **{number: [] for number in labels}, FREE: []}
    for line in (*_place_lines(made, proposal, changes, labels), *_case_lines(made, proposal, labels, homes)):
        found[line.group].append(line)
    for lines in found.values():
        yield from lines


def _place_lines(made: MakeUp, proposal: Proposal, changes: Changes, labels: Mapping[int, str]) -> Iterator[_Line]:
    sitters = made.situation.sitters
    for each in proposal.places:
        value = _value_of(changes, (each.committee, each.person_id), say_place(each))
        who = sitters[each.person_id]
        yield _Line(
            each.committee,
            f"place_{each.committee}_{who.id}",
            f"{who.name} {who.function} {labels[each.committee]}".casefold(),
            each.was is not each.part,
            lambda each=each, value=value: write_place(made, each, value),  # type: ignore[misc]
        )
    for person, why in proposal.left.items():
        value, who = _value_of(changes, (0, person), ""), sitters[person]
        yield _Line(
            FREE,
            f"place_0_{person}",
            f"{who.name} {who.function}".casefold(),
            False,
            lambda person=person, why=why, value=value: write_free(made, person, why, value),  # type: ignore[misc]
        )


def _value_of(changes: Changes, key: PlaceKey, proposed: str) -> str:
    """Return what the field of a place holds: what was chosen by hand, else what is proposed."""
    if key not in changes.places:
        return proposed
    chosen = changes.places[key]
    return say_place(Place(chosen[0], key[1], chosen[1])) if chosen else ""


def _case_lines(
    made: MakeUp, proposal: Proposal, labels: Mapping[int, str], homes: Mapping[int, int | None]
) -> Iterator[_Line]:
    for each in proposal.cases:
        home, label = homes[each.case_id], made.labels[each.case_id]
        where = labels.get(home, "") if home is not None else ""
        yield _Line(
            home if home is not None and home in labels else HOMELESS,
            f"case_{each.case_id}",
            f"{label.candidate} {label.code} {label.target} {where}".casefold(),
            each.is_changed or home is None,
            lambda each=each, home=home: write_case(made, each, home),  # type: ignore[misc]
        )


def _groups(
    lines: Sequence[_Line], names: Mapping[int, str], members: Counter[int], cases: Counter[int]
) -> Iterable[Group]:
    for kind, few in groupby(lines, key=lambda each: each.group):
        rows = [each.write() for each in few]
        number = kind if isinstance(kind, int) else 0
        yield Group(
            kind=kind,
            name=names.get(number, ""),
            members=members[number],
            cases=cases[number],
            own_name=f"name_{number}" if number < 0 else "",
            places=tuple(row for row in rows if isinstance(row, PlaceRow)),
            rows=tuple(row for row in rows if isinstance(row, CaseRow)),
        )


def _count(
    made: MakeUp, proposal: Proposal, changes: Changes, places: Sequence[Place], homes: Mapping[int, int | None]
) -> Totals:
    before = {(each.committee, each.person_id): each.part for each in made.situation.places}
    after = {(each.committee, each.person_id): each.part for each in places}
    return Totals(
        committees=len(made.situation.names),
        members=len(places),
        places_changed=sum(before.get(key) != part for key, part in after.items()) + len(before.keys() - after.keys()),
        cases=len(proposal.cases),
        cases_changed=sum(homes[each.case_id] != each.was for each in proposal.cases),
        homeless=sum(home is None for home in homes.values()),
        sealed=sum(each.is_sealed for each in made.situation.cases),
        by_hand=changes.count + len(changes.names),
    )
