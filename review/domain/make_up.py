"""The make-up of a cycle's committees: what a proposal is made from, what it says, and what no make-up may break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import ceil

from review.domain.errors import Fault
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

LARGEST = 15
"""How many may sit on one committee; more than that do not discuss."""
SLACK_PERCENT = 10
"""By how much a committee may have more cases than an even share, so that conflicts find a way round."""


class Part(StrEnum):
    """What somebody is on a committee."""

    CHAIR = "chair"
    DEPUTY = "deputy"
    MEMBER = "member"


@dataclass(frozen=True)
class Sitter:
    """Somebody who may sit on a committee; `grade` is None for who is not on the ladder, or at a level without one."""

    id: int
    name: str
    function: str
    grade: int | None = None


@dataclass(frozen=True)
class Place:
    """A person's place on a committee. `is_held`: they hold a seat on a running case and cannot be taken off."""

    committee: int
    person_id: int
    part: Part
    is_held: bool = False


@dataclass(frozen=True)
class CaseFacts:
    """A case to be decided: its target grade, who may not vote on it, the committee it has.

    `is_sealed`: the committee is seated, the case stays where it is.
    """

    id: int
    code: str
    grade: int | None
    barred: frozenset[int]
    committee: int | None = None
    is_sealed: bool = False


@dataclass(frozen=True)
class Wish:
    """What HR asks for: how many committees, how many members each, at most how many cases each, and the seed.

    `most` None: an even share and a little more.
    """

    committees: int
    size: int
    quorum: int
    most: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Situation:
    """All that a proposal follows from. `names` holds each committee by number; a new one has a number below zero."""

    names: Mapping[int, str]
    sitters: Mapping[int, Sitter]
    places: tuple[Place, ...]
    cases: tuple[CaseFacts, ...]
    wish: Wish

    @property
    def most(self) -> int:
        """Return how many cases a committee may have."""
        share = ceil(len(self.cases) * (100 + SLACK_PERCENT) / 100 / max(len(self.names), 1))
        return self.wish.most or max(share, 1)


@dataclass(frozen=True)
class PlaceChoice:
    """A place proposed. `was` is the part they have had on this committee, None for who is new on it."""

    committee: int
    person_id: int
    part: Part
    was: Part | None
    reason: Text


@dataclass(frozen=True)
class CaseChoice:
    """The committee proposed for a case, None where there is none; `out` are the members who leave the room."""

    case_id: int
    committee: int | None
    was: int | None
    out: tuple[int, ...]
    reason: Text

    @property
    def is_changed(self) -> bool:
        """Tell whether the case would go elsewhere than where it is."""
        return self.committee != self.was


@dataclass(frozen=True)
class TakenOff:
    """Somebody who would leave a committee, and why."""

    committee: int
    person_id: int
    reason: Text


@dataclass(frozen=True)
class Proposal:
    """Committees with their members and cases, each with its reason; nothing of it is kept.

    `left` are those on no committee, with why.
    """

    places: tuple[PlaceChoice, ...]
    taken_off: tuple[TakenOff, ...]
    left: Mapping[int, Text]
    cases: tuple[CaseChoice, ...]
    advice: tuple[Text, ...]


class Table:
    """Who sits on each committee, asked many times: may it take a case, and who would leave the room."""

    def __init__(self, situation: Situation, seated: Iterable[Place | PlaceChoice]) -> None:
        self.situation = situation
        self.members: dict[int, set[int]] = {number: set() for number in situation.names}
        self.leaders: dict[int, dict[Part, int]] = {number: {} for number in situation.names}
        for place in seated:
            self.members[place.committee].add(place.person_id)
            if place.part is not Part.MEMBER:
                self.leaders[place.committee][place.part] = place.person_id

    def out(self, case: CaseFacts, committee: int) -> set[int]:
        """Return the members who may not vote on a case."""
        return self.members[committee] & case.barred

    def is_chair_out(self, case: CaseFacts, committee: int) -> bool:
        """Tell whether the deputy would lead."""
        return self.leaders[committee].get(Part.CHAIR) in case.barred

    def why_not(self, case: CaseFacts, committee: int) -> Text | None:
        """Return why a committee cannot decide on a case at all, None where it can."""
        name = self.situation.names[committee]
        if not set(self.leaders[committee].values()) - case.barred:
            return text("%(name)s has neither a chair nor a deputy who may sit on it", name=name)
        able = len(self.members[committee] - case.barred)
        if able < self.situation.wish.quorum:
            return plural(
                "%(name)s has %(count)s member who may vote, %(need)s are needed",
                "%(name)s has %(count)s members who may vote, %(need)s are needed",
                able,
                name=name,
                need=self.situation.wish.quorum,
            )
        return None

    def why_too_junior(self, case: CaseFacts, committee: int) -> Text | None:
        """Return why somebody on a committee stands below the target level, None where nobody does."""
        sitters = self.situation.sitters
        for person in sorted(self.members[committee] - case.barred):
            grade = sitters[person].grade if person in sitters else None
            if case.grade is not None and grade is not None and grade < case.grade:
                return text(
                    "%(who)s on %(name)s stands below the target level",
                    who=sitters[person].name,
                    name=self.situation.names[committee],
                )
        return None


def find_make_up_faults(
    situation: Situation, places: Iterable[Place], cases: Mapping[int, int | None]
) -> tuple[Fault, ...]:
    """Return what is wrong with a make-up changed by hand; a place or a case that nobody may move included.

    Args:
        cases: case -> committee, for every case that can still be moved.
    """
    chosen = tuple(places)
    faults = [*_place_faults(situation, chosen)]
    if faults:
        return tuple(faults)
    table = Table(situation, chosen)
    for case in situation.cases:
        committee = case.committee if case.is_sealed else cases.get(case.id)
        if committee is None or case.is_sealed:
            continue
        if committee not in situation.names:
            faults.append(Fault(text("There is no such committee in this cycle"), field=f"case-{case.id}"))
        elif why := table.why_not(case, committee):
            faults.append(Fault(text("%(code)s: %(why)s", code=case.code, why=why), field=f"case-{case.id}"))
    return tuple(faults)


def _place_faults(situation: Situation, places: tuple[Place, ...]) -> Iterable[Fault]:
    for place in places:
        if place.committee not in situation.names or place.person_id not in situation.sitters:
            yield Fault(text("Choose a committee of this cycle and somebody from the list"), field="places")
            return
    for (committee, person), count in Counter((each.committee, each.person_id) for each in places).items():
        if count > 1:
            who, name = situation.sitters[person].name, situation.names[committee]
            yield Fault(text("%(who)s is on %(name)s twice", who=who, name=name), field="places")
    for number, name in situation.names.items():
        parts = Counter(each.part for each in places if each.committee == number)
        yield from _part_faults(name, parts)
    kept = {(each.committee, each.person_id) for each in places}
    for place in situation.places:
        if place.is_held and place.person_id in situation.sitters and (place.committee, place.person_id) not in kept:
            who, name = situation.sitters[place.person_id].name, situation.names[place.committee]
            yield Fault(
                text("%(who)s holds a seat on a running case and stays on %(name)s", who=who, name=name), field="places"
            )


def _part_faults(name: str, parts: Counter[Part]) -> Iterable[Fault]:
    if parts.total() > LARGEST:
        yield Fault(text("%(name)s has more than %(most)s members", name=name, most=LARGEST), field="places")
    if parts[Part.CHAIR] > 1:
        yield Fault(text("%(name)s has more than one chair", name=name), field="places")
    if parts[Part.DEPUTY] > 1:
        yield Fault(text("%(name)s has more than one deputy", name=name), field="places")
    if parts.total() and not parts[Part.CHAIR]:
        yield Fault(text("%(name)s has no chair", name=name), field="places")
