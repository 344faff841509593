"""Who sits on which committee: standing members stay; free places go to new functions, grades, and few conflicts.

Deterministic: where two people serve equally well, the recorded seed decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random

from review.domain.make_up import CaseFacts, Part, PlaceChoice, Sitter, Situation, Table, TakenOff
from review.domain.text import Text, plural, text

NO_GRADE = 0


@dataclass(slots=True)
class _Committee:
    """A committee while it is being filled."""

    number: int
    floor: int
    chosen: list[PlaceChoice]

    @property
    def members(self) -> set[int]:
        return {each.person_id for each in self.chosen}


class Seating:
    """Fills the committees of one situation."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.sitters = situation.sitters
        order = sorted(situation.sitters)
        Random(situation.wish.seed).shuffle(order)  # noqa: S311 - an order that can be had again, not a secret
        self.luck = {person: place for place, person in enumerate(order)}
        self.out_of: dict[int, set[int]] = {person: set() for person in order}
        for case in situation.cases:
            for person in case.barred & self.out_of.keys():
                self.out_of[person].add(case.id)
        self.home_of: dict[int | None, set[int]] = {}
        for case in situation.cases:
            self.home_of.setdefault(case.committee, set()).add(case.id)
        seated = {place.person_id for place in situation.places}
        self.free_grades = [each.grade for each in situation.sitters.values() if each.id not in seated]
        self.reaching: dict[int, int] = {}

    def seat(self) -> tuple[tuple[PlaceChoice, ...], tuple[TakenOff, ...]]:
        """Return the places of all committees, and who leaves one."""
        taken_off = tuple(self._gone())
        committees = self._begin()
        free = set(self.sitters) - {place.person_id for place in self.situation.places}
        for floor in sorted({each.floor for each in committees}, reverse=True):
            self._fill([each for each in committees if each.floor == floor], free)
        for committee in committees:
            self._lead(committee)
        return tuple(place for committee in committees for place in _in_order(committee.chosen)), taken_off

    def _fill(self, committees: list[_Committee], free: set[int]) -> None:
        """Give committees of one floor their members in turn, until all are full or nobody is left."""
        added = True
        while added:
            added = False
            for committee in committees:
                best = self._best(committee, free)
                if best is not None:
                    free.discard(best.id)
                    committee.chosen.append(self._new_place(committee, best))
                    added = True

    def _gone(self) -> Iterable[TakenOff]:
        for place in self.situation.places:
            if place.person_id not in self.sitters:
                yield TakenOff(place.committee, place.person_id, text("Has left the company"))

    def _begin(self) -> list[_Committee]:
        """Return the committees with their standing members, those that decide on the highest levels first."""
        standing: dict[int, list[PlaceChoice]] = {number: [] for number in self.situation.names}
        for place in self.situation.places:
            if place.person_id in self.sitters:
                reason = (
                    text("Stays: holds a seat on a running case") if place.is_held else text("Stays: sits on it now")
                )
                choice = PlaceChoice(place.committee, place.person_id, place.part, place.part, reason)
                standing[place.committee].append(choice)
        floors = self._floors(standing)
        committees = [_Committee(number, floors[number], chosen) for number, chosen in standing.items()]
        return sorted(committees, key=lambda each: -each.floor)

    def _floors(self, standing: Mapping[int, list[PlaceChoice]]) -> dict[int, int]:
        """Return the least grade of each committee's members: what the cases it has, or will have, ask for.

        Empty committees share the cases that have none, the highest target levels together, so that the few who may
        judge them sit together too.
        """
        floors = dict.fromkeys(standing, NO_GRADE)
        waiting: list[int] = []
        for case in self.situation.cases:
            has_home = case.committee is not None and standing.get(case.committee)
            if has_home and case.committee is not None:
                floors[case.committee] = max(floors[case.committee], case.grade or NO_GRADE)
            else:
                waiting.append(case.grade or NO_GRADE)
        waiting.sort(reverse=True)
        empty, taken = [number for number, chosen in standing.items() if not chosen], 0
        for place, number in enumerate(empty):
            is_last = place == len(empty) - 1
            need = self.situation.wish.size if is_last else self.situation.wish.quorum
            floors[number] = self._reachable(waiting[place * len(waiting) // len(empty) :], taken, need)
            taken += min(self.situation.wish.size, self._count_reaching(floors[number]) - taken)
        return floors

    def _reachable(self, grades: list[int], taken: int, need: int) -> int:
        """Return the highest of the grades that enough people reach who sit on no committee yet; else the lowest."""
        able = (grade for grade in grades if self._count_reaching(grade) - taken >= need)
        return next(able, grades[-1] if grades else NO_GRADE)

    def _count_reaching(self, floor: int) -> int:
        if floor not in self.reaching:
            self.reaching[floor] = sum(grade is None or grade >= floor for grade in self.free_grades)
        return self.reaching[floor]

    def _best(self, committee: _Committee, free: set[int]) -> Sitter | None:
        if len(committee.chosen) >= self.situation.wish.size:
            return None
        able = [self.sitters[person] for person in free if _reaches(self.sitters[person], committee.floor)]
        sitting = [self.sitters[person] for person in committee.members]
        functions = Counter(each.function for each in sitting)
        grades = Counter(each.grade for each in sitting if each.grade is not None)
        home = self.home_of.get(committee.number, set())
        return min(
            able,
            key=lambda each: (
                functions[each.function],
                len(self.out_of[each.id] & home),
                grades[each.grade] if each.grade is not None else 0,
                len(self.out_of[each.id]),
                self.luck[each.id],
            ),
            default=None,
        )

    def _new_place(self, committee: _Committee, sitter: Sitter) -> PlaceChoice:
        functions = {self.sitters[person].function for person in committee.members}
        spread = (
            text("%(function)s was not on it yet", function=sitter.function)
            if sitter.function not in functions
            else text("one more of %(function)s, no other function is free", function=sitter.function)
        )
        reason = text(
            "%(spread)s; %(grade)s; %(conflicts)s",
            spread=spread,
            grade=_say_grade(sitter, committee.floor),
            conflicts=self._say_conflicts(sitter.id),
        )
        return PlaceChoice(committee.number, sitter.id, Part.MEMBER, None, reason)

    def _say_conflicts(self, person: int) -> Text:
        count = len(self.out_of[person])
        if not count:
            return text("no conflict with any case")
        return plural("a conflict with %(count)s case", "a conflict with %(count)s cases", count)

    def _lead(self, committee: _Committee) -> None:
        """Give the parts of chair and deputy where nobody holds them; a deputy takes the place of a chair who left."""
        parts = {each.part: each for each in committee.chosen}
        deputy = parts.get(Part.DEPUTY)
        if Part.CHAIR not in parts and deputy is not None and deputy.was is Part.DEPUTY:
            self._give(committee, deputy, Part.CHAIR, text("The chair has left; the deputy takes over"))
        for part in (Part.CHAIR, Part.DEPUTY):
            if any(each.part is part for each in committee.chosen):
                continue
            chair = next((each.person_id for each in committee.chosen if each.part is Part.CHAIR), None)
            plain = [each for each in committee.chosen if each.part is Part.MEMBER]
            best = min(plain, key=lambda each: self._rank(each, chair), default=None)
            if best is not None:
                self._give(committee, best, part, self._say_part(part, best.person_id))

    def _rank(self, place: PlaceChoice, chair: int | None) -> tuple[int, int, int, int]:
        """Order people for leading: no conflict in common with the chair, few of their own, a high grade, the seed."""
        own = self.out_of[place.person_id]
        shared = len(own & self.out_of[chair]) if chair is not None else 0
        return shared, len(own), -(self.sitters[place.person_id].grade or NO_GRADE), self.luck[place.person_id]

    def _say_part(self, part: Part, person: int) -> Text:
        conflicts = self._say_conflicts(person)
        if part is Part.CHAIR:
            return text("Leads it: %(conflicts)s, the fewest on it", conflicts=conflicts)
        return text("Leads where the chair may not: %(conflicts)s", conflicts=conflicts)

    def _give(self, committee: _Committee, place: PlaceChoice, part: Part, why: Text) -> None:
        known = dict(place.reason.values)
        reason = text("%(spread)s; %(grade)s. %(why)s", **{**known, "why": why}) if place.was is None else why
        committee.chosen[committee.chosen.index(place)] = replace(place, part=part, reason=reason)


def count_out(table: Table, cases: Iterable[tuple[CaseFacts, int]]) -> Counter[tuple[int, int]]:
    """Return for each committee and member of how many of its cases they are out."""
    counted: Counter[tuple[int, int]] = Counter()
    for case, committee in cases:
        counted.update((committee, person) for person in table.out(case, committee))
    return counted


def say_left(situation: Situation, places: tuple[PlaceChoice, ...]) -> dict[int, Text]:
    """Return why those who are on no committee are on none."""
    have, seated = Counter(each.committee for each in places), {each.person_id for each in places}
    has_room = any(have[number] < situation.wish.size for number in situation.names)
    why = text("Stands below the target levels where a place is free") if has_room else text("Every place is taken")
    return {person: why for person in situation.sitters if person not in seated}


def _in_order(places: list[PlaceChoice]) -> list[PlaceChoice]:
    rank = {Part.CHAIR: 0, Part.DEPUTY: 1, Part.MEMBER: 2}
    return sorted(places, key=lambda each: rank[each.part])


def _reaches(sitter: Sitter, floor: int) -> bool:
    return sitter.grade is None or sitter.grade >= floor


def _say_grade(sitter: Sitter, floor: int) -> Text:
    if sitter.grade is None:
        return text("no grade on this ladder")
    if sitter.grade > floor:
        return text("grade %(grade)s, above every target it is meant for", grade=sitter.grade)
    return text("grade %(grade)s, as high as the targets it is meant for", grade=sitter.grade)
