"""Which committees can take a case: those that none of its conflicts touch are judged once for all cases of a grade."""

from __future__ import annotations

from review.domain.make_up import CaseFacts, Table


class FreeCommittees:
    """Answers for many cases which committees can take them, and what each would cost there."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.numbers = tuple(table.situation.names)
        self.seats: dict[int, set[int]] = {}
        for number, members in table.members.items():
            for person in members:
                self.seats.setdefault(person, set()).add(number)
        self.untouched: dict[int | None, tuple[int, ...]] = {}

    def able(self, case: CaseFacts) -> tuple[int, ...]:
        """Return the committees that could decide on a case with nobody below its target level, in their order."""
        free, touched = self._free(case.grade), self._touched(case)
        if not touched:
            return free
        fit = {number for number in touched if self._can_take(case, number)}
        return tuple(number for number in self._candidates(free, fit) if number in fit or number not in touched)

    def costs(self, case: CaseFacts) -> dict[int, int]:
        """Return what a case costs where it costs anything: each member who leaves, and more where the chair is one."""
        return {
            number: len(self.table.out(case, number)) + 2 * self.table.is_chair_out(case, number)
            for number in self._touched(case)
        }

    def _candidates(self, free: tuple[int, ...], fit: set[int]) -> tuple[int, ...]:
        known = set(free)
        return free if fit <= known else tuple(each for each in self.numbers if each in known or each in fit)

    def _free(self, grade: int | None) -> tuple[int, ...]:
        """Return the committees that can take a case of a grade with which none of their members has a conflict."""
        if grade not in self.untouched:
            bare = CaseFacts(0, "", grade, frozenset())
            self.untouched[grade] = tuple(number for number in self.numbers if self._can_take(bare, number))
        return self.untouched[grade]

    def _touched(self, case: CaseFacts) -> set[int]:
        return set().union(*(self.seats.get(person, ()) for person in case.barred))

    def _can_take(self, case: CaseFacts, committee: int) -> bool:
        return self.table.why_not(case, committee) is None and self.table.why_too_junior(case, committee) is None
