"""What must hold in the directory once a file is laid over it: one address a person, no ring of managers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from review.domain.errors import Fault
from review.domain.people_changes import PersonState, find_cycles
from review.domain.people_file import PeopleFile, PersonField, PersonRow
from review.domain.text import text


def check_emails(final: Mapping[str, PersonState], rows: Mapping[str, PersonRow], file: PeopleFile) -> Iterator[Fault]:
    """Find addresses that two people would have; the fault is put at the later row.

    A row with another fault counts with its address, so that all is told at once, unless it does not say who it is of.
    """
    column = file.columns.get(PersonField.EMAIL)
    if column is None:
        return
    is_wrong = {fault.row for fault in file.faults if fault.field == column}
    unread = {row.external_id for row in file.unread}
    found = [
        (rows[key].row if key in rows else 0, state) for key, state in final.items() if key in rows or key not in unread
    ]
    found += [
        (row.row, PersonState(row.external_id, row.name or row.external_id, row.email))
        for row in file.unread
        if row.external_id and row.row not in is_wrong
    ]
    holder: dict[str, PersonState] = {}
    for at, state in sorted(found, key=lambda each: each[0]):
        if not state.email:
            continue
        other = holder.setdefault(state.email.casefold(), state)
        if at and other.external_id != state.external_id:
            expected = text("an address of one's own; this is %(who)s's", who=other.label)
            what = text("“%(email)s” is somebody else's", email=state.email)
            yield Fault(what, expected, row=at, field=column)


def check_chain(final: Mapping[str, PersonState], rows: Mapping[str, PersonRow], file: PeopleFile) -> Iterator[Fault]:
    """Find rings in the report chain that the file makes or keeps, each written as A → B → A."""
    for ring in find_cycles({key: state.manager for key, state in final.items()}):
        named = [rows[key].row for key in ring if key in rows]
        if not named:
            continue
        start = next(at for at, key in enumerate(ring) if key in rows and rows[key].row == min(named))
        turned = (*ring[start:], *ring[: start + 1])
        chain = " → ".join(final[key].label for key in turned)
        what = text("the report chain runs in a circle: %(chain)s", chain=chain)
        expected = text("a chain that ends at the top")
        yield Fault(what, expected, row=min(named), field=file.columns.get(PersonField.MANAGER))


def count_left_managers(
    final: Mapping[str, PersonState],
    today: date,
    label: Callable[[str], str],
) -> Iterator[tuple[str, int]]:
    """Count, for each manager who has left, the people who are here and still report to them."""

    def is_here(state: PersonState) -> bool:
        return state.left_on is None or state.left_on > today

    reports = Counter(state.manager for state in final.values() if state.manager and is_here(state))
    for key, count in reports.items():
        if key in final and not is_here(final[key]):
            yield label(key), count
