"""Which committee decides on which case: no conflict first, then an even load, and as few changes as can be.

A case stays where it is as long as its committee can decide on it. The others go, the hardest to place first, to the
committee from which the fewest leave; where all that could take one are full, another case makes room (an augmenting
path), and at last pairs change places while that lets fewer members leave the room.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from random import Random

from review.domain.make_up import CaseChoice, CaseFacts, PlaceChoice, Proposal, Situation, Table
from review.domain.make_up_fit import FreeCommittees
from review.domain.make_up_places import Seating, count_out, say_left
from review.domain.text import Text, plural, text

PASSES = 6
OFTEN = 4
"""Who is out of one case in four, or more, would better not sit on that committee."""
MOST_TOLD = 30
"""Of so many committees a case without one says why it is not theirs."""


def propose_make_up(situation: Situation) -> Proposal:
    """Propose members and cases for every committee; the same situation and seed give the same proposal."""
    places, taken_off = Seating(situation).seat()
    matching = Matching(situation, places)
    cases = matching.choices()
    return Proposal(places, taken_off, say_left(situation, places), cases, matching.advice(places))


class Matching:
    """Finds a committee for each case of one situation, with the members proposed."""

    def __init__(self, situation: Situation, places: tuple[PlaceChoice, ...]) -> None:
        self.situation, self.table = situation, Table(situation, places)
        self.cases = {case.id: case for case in situation.cases}
        self.home: dict[int, int] = {}
        self.load: Counter[int] = Counter()
        self.kept: set[int] = set()
        self.rank: dict[int, int] = {}
        self.movable_at: dict[int, set[int]] = {number: set() for number in situation.names}
        self._keep()
        order = [each for each in sorted(self.cases) if each not in self.kept and not self.cases[each].is_sealed]
        Random(situation.wish.seed).shuffle(order)  # noqa: S311 - an order that can be had again, not a secret
        free = FreeCommittees(self.table)
        self.fit = {each: free.able(self.cases[each]) for each in order}
        self.fits = {each: frozenset(self.fit[each]) for each in order}
        self.costs = {(each, number): cost for each in order for number, cost in free.costs(self.cases[each]).items()}
        self.moving = sorted(order, key=lambda each: len(self.fit[each]))
        self.rank = {each: place for place, each in enumerate(self.moving)}
        self.closed: set[int] = set()
        for each in self.moving:
            tried = set(self.closed)
            if not self._place(each, tried):
                # All of them are full, and none of their cases fits elsewhere: no later case finds a way through them.
                self.closed = tried
        self._improve()

    def _keep(self) -> None:
        """Leave sealed cases, and those whose committee can still decide on them, where they are."""
        for case in self.situation.cases:
            if case.committee is None or case.committee not in self.situation.names:
                continue
            if case.is_sealed or self.table.why_not(case, case.committee) is None:
                self._put(case.id, case.committee)
                self.kept.add(case.id)

    def _cost(self, case_id: int, committee: int) -> int:
        """Return what a case costs at a committee that can take it."""
        return self.costs.get((case_id, committee), 0)

    def _place(self, case_id: int, tried: set[int]) -> bool:
        """Put a case where it costs least; where all are full, let another case go elsewhere.

        What was tried without success is in `tried` after it, and needs no second look within one search.
        """
        able = [each for each in self.fit[case_id] if each not in tried]
        roomy = [each for each in able if self.load[each] < self.situation.most]

        def rank(committee: int) -> tuple[int, int, int]:
            return self._cost(case_id, committee), self.load[committee], committee

        if roomy:
            self._put(case_id, min(roomy, key=rank))
            return True
        for committee in sorted(able, key=rank):
            if committee not in tried and self._make_room(committee, tried):
                self._put(case_id, committee)
                return True
        return False

    def _make_room(self, committee: int, tried: set[int]) -> bool:
        """Let one of the cases that may move go from a full committee to one that has not been tried."""
        tried.add(committee)
        for other in sorted(self.movable_at[committee], key=self.rank.__getitem__):
            self._take(other)
            if self._place(other, tried):
                return True
            self._put(other, committee)
        return False

    def _improve(self) -> None:
        """Move single cases, then swap pairs, while fewer members leave the room for it or the load gets more even."""
        for _ in range(PASSES):
            has_moved = self._move_all()
            if not (self._swap_all() or has_moved):
                return

    def _move_all(self) -> bool:
        has_moved, least = False, self._least_load()
        for each in self.moving:
            if self._move_better(each, least):
                has_moved, least = True, self._least_load()
        return has_moved

    def _least_load(self) -> int:
        return min((self.load[number] for number in self.situation.names), default=0)

    def _move_better(self, case_id: int, least: int) -> bool:
        here = self.home.get(case_id)
        if here is None:
            return False
        cost, load = self._cost(case_id, here), self.load[here]
        if not cost and least + 1 >= load:
            return False
        for there in self.fit[case_id]:
            gain = cost - self._cost(case_id, there)
            is_evener = gain == 0 and self.load[there] + 1 < load
            if there != here and self.load[there] < self.situation.most and (gain > 0 or is_evener):
                self._take(case_id)
                self._put(case_id, there)
                return True
        return False

    def _swap_all(self) -> bool:
        """Swap each case that costs something with whichever others that helps; tell whether any was."""
        homed = [each for each in self.moving if each in self.home]
        costly = [place for place, each in enumerate(homed) if self._cost(each, self.home[each])]
        swapped = [self._swap_through(homed, costly, each) for each in [homed[place] for place in costly]]
        return any(swapped)

    def _swap_through(self, homed: list[int], costly: list[int], one: int) -> bool:
        """Go through the others in order; a case that costs nothing now is of use only to those that do.

        Args:
            costly: the places in `homed` of cases that cost something, in order; kept so.
        """
        has_swapped, place = False, 0
        while place < len(homed):
            if not self._cost(one, self.home[one]):
                following = bisect_left(costly, place)
                if following == len(costly):
                    break
                place = costly[following]
            if self._swap(one, homed[place]):
                has_swapped = True
                for each in (homed.index(one), place):
                    self._note_cost(homed, costly, each)
            place += 1
        return has_swapped

    def _note_cost(self, homed: list[int], costly: list[int], place: int) -> None:
        """Keep the list of those that cost something true after a swap."""
        case_id, spot = homed[place], bisect_left(costly, place)
        was_costly = spot < len(costly) and costly[spot] == place
        is_costly = self._cost(case_id, self.home[case_id]) > 0
        if was_costly and not is_costly:
            del costly[spot]
        elif is_costly and not was_costly:
            insort(costly, place)

    def _swap(self, one: int, other: int) -> bool:
        here, there = self.home[one], self.home[other]
        if here == there or there not in self.fits[one] or here not in self.fits[other]:
            return False
        now = self._cost(one, here) + self._cost(other, there)
        if self._cost(one, there) + self._cost(other, here) >= now:
            return False
        self.home[one], self.home[other] = there, here
        return True

    def _put(self, case_id: int, committee: int) -> None:
        self.home[case_id] = committee
        self.load[committee] += 1
        if case_id in self.rank:
            self.movable_at[committee].add(case_id)

    def _take(self, case_id: int) -> None:
        committee = self.home.pop(case_id)
        self.load[committee] -= 1
        self.movable_at[committee].discard(case_id)

    def choices(self) -> tuple[CaseChoice, ...]:
        """Return the committee of every case that can still be moved, with the reason."""
        return tuple(self._choice(case) for case in self.situation.cases if not case.is_sealed)

    def _choice(self, case: CaseFacts) -> CaseChoice:
        committee = self.home.get(case.id)
        if committee is None:
            return CaseChoice(case.id, None, case.committee, (), self._say_none(case))
        out = tuple(sorted(self.table.out(case, committee)))
        return CaseChoice(case.id, committee, case.committee, out, self._say(case, committee, len(out)))

    def _say(self, case: CaseFacts, committee: int, missing: int) -> Text:
        conflict = (
            plural("%(count)s member leaves the room", "%(count)s members leave the room", missing)
            if missing
            else text("nobody on it has a conflict")
        )
        if self.table.is_chair_out(case, committee):
            conflict = text("%(conflict)s, the deputy leads", conflict=conflict)
        if case.id in self.kept:
            return text("Stays: %(conflict)s", conflict=conflict)
        cases = plural("%(count)s case in all", "%(count)s cases in all", self.load[committee])
        if case.committee is not None and (why := self.table.why_not(case, case.committee)):
            return text("Moves: %(why)s. Here %(conflict)s; %(cases)s", why=why, conflict=conflict, cases=cases)
        return text("Here %(conflict)s; %(cases)s", conflict=conflict, cases=cases)

    def _say_none(self, case: CaseFacts) -> Text:
        told = list(self.situation.names)[:MOST_TOLD]
        whys = tuple(self._why_not(case, number) for number in told)
        if not whys:
            return text("There is no committee")
        if more := len(self.situation.names) - len(told):
            rest = plural("%(count)s more committee cannot either", "%(count)s more committees cannot either", more)
            whys = (*whys, rest)
        return text("No committee can take it: %(whys)s", whys=whys)

    def _why_not(self, case: CaseFacts, committee: int) -> Text:
        full = text("%(name)s is full", name=self.situation.names[committee])
        return self.table.why_not(case, committee) or self.table.why_too_junior(case, committee) or full

    def advice(self, places: tuple[PlaceChoice, ...]) -> tuple[Text, ...]:
        """Return what would make the load more even and freer of conflicts, in words."""
        return (*self._say_load(), *self._say_short(places), *self._say_often())

    def _say_load(self) -> list[Text]:
        loads = [self.load[number] for number in self.situation.names]
        lines = []
        if len(loads) > 1 and max(loads) - min(loads) > max(1, max(loads) // 5):
            least = self.situation.names[min(self.situation.names, key=lambda each: self.load[each])]
            lines.append(
                text(
                    "The load is uneven, %(least)s to %(most)s cases: %(name)s could take more with other members",
                    least=min(loads), most=max(loads), name=least,
                )
            )  # fmt: skip
        if self.situation.wish.size % 2 == 0:
            lines.append(text("An even number of members can tie; an odd one decides"))
        return lines

    def _say_short(self, places: tuple[PlaceChoice, ...]) -> list[Text]:
        have, wish = Counter(each.committee for each in places), self.situation.wish
        return [
            text("%(name)s has %(have)s of %(size)s members: name more people who reach its target levels",
                 name=name, have=have[number], size=wish.size)
            for number, name in self.situation.names.items()
            if have[number] < wish.size
        ]  # fmt: skip

    def _say_often(self) -> list[Text]:
        counted = count_out(self.table, ((self.cases[each], number) for each, number in self.home.items()))
        sitters = self.situation.sitters
        return [
            text(
                "%(who)s would leave the room for %(count)s of %(cases)s cases of %(name)s; somebody else fits better",
                who=sitters[person].name, count=count, cases=self.load[number], name=self.situation.names[number],
            )
            for (number, person), count in sorted(counted.items(), key=lambda each: (-each[1], each[0]))
            if count > 1 and count * OFTEN >= self.load[number] and person in sitters
        ]  # fmt: skip
