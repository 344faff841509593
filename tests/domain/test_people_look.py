"""What a look at a people file found comes back from JSON as it was, its sentences still to be translated."""

from __future__ import annotations

import json

from review.domain.errors import Fault
from review.domain.people_changes import ChangeKind, FieldChange, KnownPerson, PersonState, Plan, PlannedChange
from review.domain.people_file import PersonField
from review.domain.people_look import MOST_SHOWN, FieldShown, GroupShown, LineShown, Look, look_at
from review.domain.text import plural, text

BEN = PersonState("ben", "Ben Ito", title="Senior PM")
CHANGES = (
    PlannedChange(ChangeKind.JOIN, None, PersonState("n1", "n1"), (FieldChange(PersonField.NAME, "", "n1"),), 2),
    PlannedChange(ChangeKind.LEAVE, KnownPerson(7, BEN, is_active=True), BEN),
)
FAULTS = (
    Fault(text("“%(words)s” is no day", words="100 %"), text("a day"), row=3, field="joined_on"),
    Fault(text("it is missing"), row=4, field=PersonField.NAME),
    Fault(text("100 %% of them")),
)
NOTES = (
    text("Columns parted by %(name)s.", name=text("comma")),
    plural("%(count)s row", "%(count)s rows", 3, names=("a", text("b"))),
)


def test_a_look_that_was_kept_is_the_same() -> None:
    look = look_at(Plan(CHANGES, FAULTS, NOTES, unchanged=5))
    assert look == Look(
        fingerprint=Plan(CHANGES, (), (), 0).fingerprint(),
        counts={"joins": 1, "leavers": 1, "returns": 0, "changes": 0, "manager_changes": 0, "unchanged": 5},
        notes=NOTES,
        groups=(
            GroupShown("join", 1, (LineShown("n1", 2, (FieldShown("name", "", "n1"),)),)),
            GroupShown("leave", 1, (LineShown("Ben Ito (ben)", None, ()),)),
        ),
        faults=FAULTS,
        more_faults=0,
    )
    assert Look.from_data(json.loads(json.dumps(look.as_data()))) == look


def test_of_many_the_first_are_shown_and_all_are_counted() -> None:
    many = MOST_SHOWN + 3
    look = look_at(Plan(CHANGES[:1] * many, FAULTS[:1] * many, (), unchanged=0))
    (group,) = look.groups
    assert (group.total, len(group.lines), len(look.faults), look.more_faults) == (many, MOST_SHOWN, MOST_SHOWN, 3)
