"""One column of a people file as groups to compare: who is in which, and why a column cannot serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from review.domain.errors import Fault
from review.domain.people_cells import clean_cell, find_bad_character
from review.domain.people_file import column_key
from review.domain.table import Table
from review.domain.text import text

NUMBER = "external_id"
MOST_GROUPS = 20
"""More values are no groups: a number, a name or a day would tell people apart one by one."""
LONGEST = 80


def find_group_faults(table: Table, column: str) -> Iterator[Fault]:
    """Yield what is wrong with a file for the attribute that it calls `column`."""
    keys = [column_key(name) for name in table.header]
    for wanted in (NUMBER, column):
        if keys.count(column_key(wanted)) != 1:
            what = text("there is no column “%(name)s”, or it is there twice", name=wanted)
            have = text(
                "one of the file's columns: %(names)s", names=", ".join(filter(None, map(clean_cell, table.header)))
            )
            yield Fault(what, have, field="file")
            return
    groups = set(read_groups(table, column).values())
    if len(groups) > MOST_GROUPS:
        what = text("the column has %(count)s different values: these are no groups", count=len(groups))
        yield Fault(what, text("at most %(most)s", most=MOST_GROUPS), field="file")
    elif any(len(each) > LONGEST or find_bad_character(each) for each in groups):
        yield Fault(text("a value is too long, or holds a control character"), text("a few plain words"), field="file")


def read_groups(table: Table, column: str) -> Mapping[str, str]:
    """Return the group of each number that has one; the last row counts where somebody is there twice."""
    keys = [column_key(name) for name in table.header]
    number, group = keys.index(column_key(NUMBER)), keys.index(column_key(column))
    rows = ((clean_cell(row.cells[number]), clean_cell(row.cells[group])) for row in table.rows)
    return {external_id: value for external_id, value in rows if external_id and value}
