"""A file against the directory: what would change, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from review.domain.people_changes import (
    ChangeKind,
    FieldChange,
    KnownPerson,
    PersonState,
    Plan,
    Reference,
    Scope,
    find_cycles,
)
from review.domain.people_file import DateOrder, PersonField, read_people
from review.domain.people_plan import plan_changes
from review.domain.table import Row, Table

TODAY = date(2026, 9, 1)
REFERENCE = Reference({"pm-2": "pm-2", "ic2": "pm-2", "senior-pm": "senior-pm"}, frozenset({"Europe/Berlin"}))
ADA = KnownPerson(1, PersonState("E1", "Ada", "ada@example.org", "CEO", "Product"), is_active=True)
BOB = KnownPerson(2, PersonState("E2", "Bob", "bob@example.org", "PM", "Product", "E1", "pm-2"), is_active=True)


def plan(text: str, *known: KnownPerson, scope: Scope = Scope.PART) -> Plan:
    lines = [line.split(",") for line in text.strip().splitlines()]
    rows = tuple(Row(number, tuple(cells)) for number, cells in enumerate(lines[1:], start=2))
    file = read_people(Table(tuple(lines[0]), rows), {}, DateOrder.NOT_SAID)
    return plan_changes(file, known, REFERENCE, scope, TODAY)


def faults(result: Plan) -> list[tuple[int | None, str | None, str]]:
    return [(fault.row, fault.field, str(fault.what)) for fault in result.faults]


def test_joins_returns_leavers_and_changes_are_told_apart() -> None:
    gone = KnownPerson(3, PersonState("E3", "Cy", left_on=date(2025, 1, 1)), is_active=False)
    leaver = KnownPerson(4, PersonState("E4", "Di"), is_active=True)
    absent = KnownPerson(5, PersonState("E5", "Ed"), is_active=True)
    result = plan(
        "external_id,name,title,manager,left_on\nE1,Ada,CEO,,\nE2,Bob,Senior PM,E1,\nE3,Cy,,bob@example.org,\n"
        "E4,Di,,,2026-08-31\nE6,Fay,PM,E2,",
        ADA,
        BOB,
        gone,
        leaver,
        absent,
        scope=Scope.FULL,
    )
    assert result.faults == ()
    assert [(change.kind, change.after.external_id, change.row) for change in result.changes] == [
        (ChangeKind.CHANGE, "E2", 3),
        (ChangeKind.RETURN, "E3", 4),
        (ChangeKind.LEAVE, "E4", 5),
        (ChangeKind.JOIN, "E6", 6),
        (ChangeKind.LEAVE, "E5", None),
    ]
    assert result.changes[0].fields == (FieldChange(PersonField.TITLE, "PM", "Senior PM"),)
    assert result.changes[1].fields == (
        FieldChange(PersonField.MANAGER, "", "Bob (E2)"),
        FieldChange(PersonField.LEFT_ON, "2025-01-01", ""),
    )
    assert result.changes[4].after.left_on == TODAY
    assert result.counts() == {
        "joins": 1,
        "leavers": 2,
        "returns": 1,
        "changes": 1,
        "manager_changes": 0,
        "unchanged": 1,
    }


def test_what_many_share_is_kept_once() -> None:
    """So that the plan of a company of 100,000 has room in memory."""
    result = plan("external_id,name,function,manager\nE2,Bob,Sales,\nE3,Cy,Sales,E2\nE4,Di,Sales,E2")
    (_, first), (name, second) = ([each.fields[0], each.fields[1:]] for each in result.changes[1:])
    assert (
        first
        == second
        == (
            FieldChange(PersonField.FUNCTION, "", "Sales"),
            FieldChange(PersonField.MANAGER, "", "Bob (E2)"),
        )
    )
    assert [one is other for one, other in zip(first, second, strict=True)] == [True, True]
    assert name == FieldChange(PersonField.NAME, "", "Di")


def test_the_digest_of_a_plan_tells_what_would_change_from_what_and_where() -> None:
    head = "external_id,name,function\n"
    moved = replace(ADA, state=replace(ADA.state, function="Legal"))
    plans = (
        plan(f"{head}E1,Ada,Sales", ADA),
        plan(f"{head}E1,Ada,Design", ADA),
        plan(f"{head}E1,Ada,Sales", moved),
        plan(f"{head}E1,Ada,Sales"),
        plan(f"{head},,\nE1,Ada,Sales", ADA),
    )
    assert plan(f"{head}E1,Ada,Sales", ADA).fingerprint() == plans[0].fingerprint()
    assert len({each.fingerprint() for each in plans}) == len(plans)


def test_somebody_absent_from_a_partial_file_is_left_alone() -> None:
    assert plan("external_id,name\nE1,Ada", ADA, BOB).changes == ()


def test_columns_that_are_not_there_and_blank_levels_change_nothing() -> None:
    assert plan("external_id,name,level,country\nE2,Bob,,", ADA, BOB).changes == ()


def test_a_new_level_counts_from_its_day_or_from_today() -> None:
    named = plan("external_id,name,level\nE2,Bob,Senior-PM", BOB).changes[0].after
    dated = plan("external_id,name,level,level_since\nE2,Bob,senior-pm,2026-07-01", BOB).changes[0].after
    by_code = plan("external_id,name,level\nE2,Bob,IC2", BOB)
    assert (named.level, named.level_since) == ("senior-pm", TODAY)
    assert (dated.level, dated.level_since) == ("senior-pm", date(2026, 7, 1))
    assert by_code.changes == ()


def test_a_day_in_the_future_is_kept_and_nobody_leaves_yet() -> None:
    result = plan("external_id,name,left_on\nE2,Bob,2026-09-02", BOB)
    assert [change.kind for change in result.changes] == [ChangeKind.CHANGE]
    assert result.changes[0].after.left_on == date(2026, 9, 2)


def test_managers_are_found_by_id_by_email_and_by_key() -> None:
    result = plan("external_id,name,manager,manager_key\nE7,Gus,none,ceo\nE8,Hal,CEO,\nE9,Ida,BOB@example.org,", BOB)
    assert result.faults == ()
    assert [change.after.manager for change in result.changes] == [None, "E7", "E2"]


def test_unknown_manager_level_and_zone_are_faults() -> None:
    assert faults(plan("external_id,name,manager,level,zone\nE7,Gus,E99,pm-9,Mars/Base")) == [
        (2, "manager", "nobody is “E99”"),
        (2, "level", "there is no level “pm-9”"),
        (2, "zone", "there is no time zone “Mars/Base”"),
    ]


def test_a_manager_who_is_not_found_is_no_change_and_no_circle() -> None:
    result = plan("external_id,name,title,manager\nE1,Ada,CEO,E2\nE2,Bob,Lead,E99\nE7,Gus,,E8\nE8,,,", ADA, BOB)
    assert faults(result) == [(3, "manager", "nobody is “E99”"), (5, "name", "it is missing")]
    assert [(change.after.external_id, change.after.manager) for change in result.changes] == [
        ("E1", "E2"),
        ("E2", "E1"),
        ("E7", None),
    ]
    assert result.changes[1].fields == (FieldChange(PersonField.TITLE, "PM", "Lead"),)


def test_two_rows_of_one_person_and_one_key_of_two() -> None:
    result = plan("external_id,name,manager_key\nE7,Gus,lead\nE7,Gus,\nE8,Hal,Lead")
    assert faults(result) == [
        (3, "external_id", "the same person again"),
        (4, "manager_key", "“Lead” stands for two people"),
    ]
    assert str(result.faults[0].expected) == "one row a person; row 2 names E7 too"


def test_an_address_belongs_to_one_person_in_the_file_and_in_the_directory() -> None:
    result = plan(
        "external_id,name,email\nE7,Gus,g@example.org\nE8,Hal,G@example.org\nE9,Ida,bob@example.org", ADA, BOB
    )
    assert faults(result) == [
        (3, "email", "“g@example.org” is somebody else's"),
        (4, "email", "“bob@example.org” is somebody else's"),
    ]


def test_an_address_of_two_is_told_beside_another_fault_of_its_row() -> None:
    """So is a person named twice. A row that does not say whose it is, and an address that is none, tell nothing."""
    head = "external_id,name,email,country\n"
    result = plan(head + "E7,Gus,g@example.org,\nE8,,G@example.org,\nE1,Ada,bob@example.org,Mars\nE2,,,", ADA, BOB)
    assert faults(result) == [
        (3, "name", "it is missing"),
        (3, "email", "“g@example.org” is somebody else's"),
        (4, "country", "“MARS” is no country"),
        (5, "name", "it is missing"),
    ]
    assert str(result.faults[1].expected) == "an address of one's own; this is Gus (E7)'s"
    twice = plan(
        head + "E7,Gus,g@example.org,Mars\nE7,Gus,g@example.org,\n,Hal,g@example.org,\nE9,Ida,gus,\nE8,Jo,gus,"
    )
    assert faults(twice) == [
        (2, "country", "“MARS” is no country"),
        (3, "external_id", "the same person again"),
        (4, "external_id", "it is missing"),
        (5, "email", "“gus” is no e-mail address"),
        (6, "email", "“gus” is no e-mail address"),
    ]


def test_two_people_may_swap_addresses() -> None:
    assert plan("external_id,name,email\nE1,Ada,bob@example.org\nE2,Bob,ada@example.org", ADA, BOB).faults == ()


def test_a_circle_is_told_as_its_chain() -> None:
    result = plan("external_id,name,manager\nE1,Ada,E3\nE3,Cy,E2", ADA, BOB)
    assert faults(result) == [
        (2, "manager", "the report chain runs in a circle: Ada (E1) → Cy (E3) → Bob (E2) → Ada (E1)")
    ]
    own = plan("external_id,name,manager\nE1,Ada,E1", ADA)
    assert faults(own) == [(2, "manager", "the report chain runs in a circle: Ada (E1) → Ada (E1)")]


def test_one_fault_causes_no_others() -> None:
    result = plan(
        "external_id,name,email,manager\nE1,Ada,nonsense,\nE2,Bob,bob@example.org,E1", ADA, BOB, scope=Scope.FULL
    )
    assert faults(result) == [(2, "email", "“nonsense” is no e-mail address")]
    assert result.of_kind(ChangeKind.LEAVE) == ()


def test_somebody_who_left_before_being_here_is_not_taken_in() -> None:
    result = plan("external_id,name,left_on,shoe\nE7,Gus,2020-01-01,44")
    assert result.changes == ()
    assert [str(note) for note in result.notes] == [
        "Not read, because no field is mapped to them: shoe.",
        "1 person had left before being here and is not taken in.",
    ]


def test_a_manager_who_leaves_with_reports_is_remarked() -> None:
    result = plan("external_id,name,left_on\nE1,Ada,2026-09-01", ADA, BOB)
    assert [str(note) for note in result.notes] == ["Ada (E1) has left but is still named as the manager of 1 person."]


@given(st.lists(st.integers(0, 12), min_size=13, max_size=13))
def test_rings_are_exactly_the_people_who_come_back_to_themselves(managers: list[int]) -> None:
    chain = {str(at): str(manager) if manager != 12 else None for at, manager in enumerate(managers)}

    def comes_back(start: str) -> bool:
        at = chain[start]
        for _ in chain:
            if at == start or at is None:
                break
            at = chain[at]
        return at == start

    rings = find_cycles(chain)
    assert {key for ring in rings for key in ring} == {key for key in chain if comes_back(key)}
    assert sum(len(ring) for ring in rings) == len({key for ring in rings for key in ring})


def test_the_same_file_after_it_took_effect_changes_nothing() -> None:
    words = "external_id,name,email,title,manager,level\nE1,Ada,a@example.org,CEO,,\nE2,Bob,,PM,E1,ic2"
    people = [
        KnownPerson(number, change.after, is_active=True) for number, change in enumerate(plan(words).changes, start=1)
    ]
    again = plan(words, *people, scope=Scope.FULL)
    assert (again.changes, again.unchanged) == ((), 2)
    moved = plan(words, people[0], replace(people[1], is_active=False))
    assert [change.kind for change in moved.changes] == [ChangeKind.RETURN]
