"""Importing, leaving, levels, roles, passwords and the handover of cases, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor
from review.domain.errors import Invalid, NotAllowed, NotFound
from review.domain.people_changes import ChangeKind, Scope
from review.domain.people_file import DateOrder, PersonField, PersonRow, file_of, read_people
from review.domain.table import Row, Table
from review.models import (
    AuditEvent,
    Case,
    Cycle,
    Delegation,
    Employment,
    Feedback,
    LadderVersion,
    Message,
    Person,
    Rating,
    RoleGrant,
    SignIn,
    WorkflowVersion,
)
from review.queries.open_work import find_open_work
from review.services.audit import find_break
from review.services.people import (
    apply_changes,
    deactivate,
    grant_role,
    hand_over_cases,
    plan_import,
    revoke_role,
    set_level,
    set_password,
)
from tests.conftest import Statements
from tests.factories import publish_ladder
from tests.personas import Company
from tests.trail import detail_of

NEXT_DAY = timedelta(days=1)


def rows(words: str) -> Table:
    lines = [line.split(",") for line in words.strip().splitlines()]
    return Table(tuple(lines[0]), tuple(Row(number, tuple(cells)) for number, cells in enumerate(lines[1:], start=2)))


def take_in(
    session: Session, words: str, company: Company, now: datetime, *, key: str = "hanna", scope: Scope = Scope.PART
) -> dict[str, int]:
    file = read_people(rows(words), {}, DateOrder.NOT_SAID)
    return apply_changes(session, file, actor=company.actor(key), now=now, scope=scope).counts()


def events(session: Session) -> list[tuple[str, int | None]]:
    found = session.execute(sa.select(AuditEvent.kind, AuditEvent.subject_id).order_by(AuditEvent.seq))
    return [(kind, subject) for kind, subject in found]


def person(session: Session, external_id: str) -> Person:
    return session.scalars(sa.select(Person).where(Person.external_id == external_id)).one()


def history(session: Session, person_id: int) -> list[tuple[int | None, str, date, date | None]]:
    found = session.scalars(sa.select(Employment).where(Employment.person_id == person_id).order_by(Employment.id))
    return [(row.manager_id, row.title, row.from_on, row.until_on) for row in found]


def open_case(session: Session, company: Company, candidate: str, manager: str | None, now: datetime) -> Case:
    ladder = LadderVersion(key="l", version=candidate, name="L", source="", digest=candidate, published_at=now)
    workflow = WorkflowVersion(key=candidate, version=1, title="W", digest=candidate, sources={}, proposed_at=now)
    session.add_all([ladder, workflow])
    session.flush()
    cycle = Cycle(
        code=candidate,
        name="Autumn",
        ladder_version_id=ladder.id,
        zone="UTC",
        policy={},
        required_functions=[],
    )
    session.add(cycle)
    session.flush()
    case = Case(
        code=f"C-{candidate}",
        cycle_id=cycle.id,
        workflow_version_id=workflow.id,
        candidate_id=company.id(candidate),
        manager_id=company.id(manager) if manager else None,
        kind="promotion",
        track_id="ic",
        to_level_id="staff-pm",
        nominated_by_id=company.id(candidate),
        nomination="own",
        state="collecting",
        phase="collecting",
        shuffle_seed=1,
        created_at=now,
    )
    session.add(case)
    session.flush()
    return case


@pytest.mark.both_databases
def test_an_import_adds_changes_and_returns_people_with_an_event_each(
    session: Session, company: Company, now: datetime
) -> None:
    counts = take_in(
        session,
        "external_id,name,email,title,manager\n"
        "n1,New One,n1@company.example,PM,n2\n"
        "n2,New Two,n2@company.example,Lead,greta@company.example\n"
        "xenia,Xenia Rolf,xenia@company.example,Account manager,aya\n"
        "ben,Ben Ito,ben@company.example,Senior PM,mats",
        company,
        now,
    )
    assert counts == {
        "joins": 2,
        "leavers": 0,
        "returns": 1,
        "changes": 1,
        "manager_changes": 1,
        "unchanged": 0,
    }
    one, two, xenia, ben = (person(session, key) for key in ("n1", "n2", "xenia", "ben"))
    assert (one.manager_id, two.manager_id) == (two.id, company.id("greta"))
    assert (xenia.is_active, xenia.left_on, xenia.manager_id) == (True, None, company.id("aya"))
    assert (ben.title, ben.manager_id, ben.function, ben.level_id) == (
        "Senior PM",
        company.id("mats"),
        "Product",
        "pm-2",
    )
    today = now.date()
    assert history(session, one.id) == [(two.id, "PM", today, None)]
    assert history(session, ben.id) == [
        (company.id("greta"), "PM", date(2020, 1, 6), today),
        (company.id("mats"), "Senior PM", today, None),
    ]
    assert events(session) == [
        ("person.join", one.id),
        ("person.join", two.id),
        ("person.return", xenia.id),
        ("person.change", ben.id),
        ("people.import", None),
    ]
    assert find_break(session) is None


@pytest.mark.both_databases
def test_the_same_file_again_changes_nothing(session: Session, company: Company, now: datetime) -> None:
    words = "external_id,name,email,manager,level\nn1,New One,n1@company.example,greta,\nben,Ben Ito,,mats,"
    take_in(session, words, company, now)
    before = session.scalar(sa.select(sa.func.count()).select_from(Employment))
    counts = take_in(session, words, company, now + NEXT_DAY)
    assert (counts["joins"], counts["changes"], counts["unchanged"]) == (0, 0, 2)
    assert session.scalar(sa.select(sa.func.count()).select_from(Employment)) == before


def test_a_dry_run_says_the_same_and_changes_nothing(session: Session, company: Company, now: datetime) -> None:
    file = read_people(rows("external_id,name,manager\nn1,New One,ben\nben,Ben Ito,mats"), {}, DateOrder.NOT_SAID)
    plan = plan_import(session, file, actor=company.actor("hanna"), now=now, scope=Scope.FULL)
    assert not session.new
    assert not session.dirty
    assert events(session) == []
    assert len(plan.of_kind(ChangeKind.LEAVE)) == 26
    fingerprint = plan.fingerprint()
    applied = apply_changes(session, file, actor=SYSTEM, now=now, scope=Scope.FULL)
    assert applied.fingerprint() == fingerprint


def test_a_file_with_one_fault_changes_nothing_at_all(session: Session, company: Company, now: datetime) -> None:
    words = "external_id,name,manager\nn1,New One,greta\nn2,New Two,nobody\nben,Ben Ito,ben"
    with pytest.raises(Invalid) as refused:
        take_in(session, words, company, now)
    assert [(fault.row, str(fault.what)) for fault in refused.value.faults] == [
        (3, "nobody is “nobody”"),
        (4, "the report chain runs in a circle: Ben Ito (ben) → Ben Ito (ben)"),
    ]
    assert session.scalar(sa.select(Person.id).where(Person.external_id == "n1")) is None
    assert events(session) == []


@pytest.mark.both_databases
def test_two_people_swap_their_addresses(session: Session, company: Company, now: datetime) -> None:
    words = "external_id,name,email\nben,Ben Ito,cora@company.example\ncora,Cora Diaz,ben@company.example"
    take_in(session, words, company, now)
    session.expire_all()
    assert person(session, "ben").email == "cora@company.example"
    assert person(session, "cora").email == "ben@company.example"


def test_a_full_file_puts_out_whoever_is_missing(session: Session, company: Company, now: datetime) -> None:
    session.add_all(
        [
            SignIn(token_hash="a", person_id=company.id("ines"), created_at=now, last_seen_at=now),
            SignIn(token_hash="b", person_id=company.id("hanna"), created_at=now, last_seen_at=now),
            Delegation(
                person_id=company.id("greta"),
                delegate_id=company.id("mats"),
                from_on=now.date(),
                until_on=now.date(),
                created_by_id=company.id("greta"),
                created_at=now,
            ),
        ]
    )
    take_in(
        session, "external_id,name,manager\nnoor,Noor Castell,\nhanna,Hanna Ruiz,noor", company, now, scope=Scope.FULL
    )
    here = session.scalars(sa.select(Person.external_id).where(Person.is_active).order_by(Person.external_id)).all()
    assert here == ["hanna", "noor"]
    ended = session.execute(sa.select(SignIn.token_hash, SignIn.ended_at).order_by(SignIn.token_hash)).all()
    assert [tuple(row) for row in ended] == [("a", now), ("b", None)]
    assert session.scalars(sa.select(Delegation.ended_at)).all() == [now]
    assert session.execute(sa.select(RoleGrant.person_id, RoleGrant.role)).all() == [
        (company.id("noor"), "executive"),
        (company.id("hanna"), "hr"),
    ]
    ines = session.scalars(sa.select(AuditEvent).where(AuditEvent.subject_id == company.id("ines"))).one()
    assert (ines.kind, detail_of(session, ines)) == ("person.leave", {"fields": ["left_on"], "roles": ["it_admin"]})


def test_nobody_puts_themselves_out_by_a_file(session: Session, company: Company, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        take_in(session, "external_id,name\nnoor,Noor Castell", company, now, scope=Scope.FULL)
    assert [str(fault.what) for fault in refused.value.faults] == [
        "You would put yourself out: Hanna Ruiz (hanna) would be marked as having left"
    ]


@pytest.mark.parametrize("key", ["noor", "greta", "abel", "petra", "otto", "xenia"])
def test_only_hr_and_administrators_take_files_in(session: Session, company: Company, now: datetime, key: str) -> None:
    with pytest.raises(NotAllowed):
        take_in(session, "external_id,name\nn1,New One", company, now, key=key)


def test_a_delegate_of_hr_takes_files_in_on_their_behalf(session: Session, company: Company, now: datetime) -> None:
    delegate = replace(company.actor("otto"), delegators={company.id("hanna"): frozenset({"hr"})})
    apply_changes(session, file_of([PersonRow(1, "n1", "New")]), actor=delegate, now=now, scope=Scope.PART)
    signed = session.execute(sa.select(AuditEvent.actor_id, AuditEvent.on_behalf_of_id)).all()
    assert {tuple(row) for row in signed} == {(company.id("otto"), company.id("hanna"))}


def test_the_statements_of_an_import_do_not_grow_with_its_rows(
    session: Session, company: Company, now: datetime, statements: Statements
) -> None:
    def count(size: int, prefix: str) -> int:
        file = file_of([PersonRow(at, f"{prefix}{at}", f"Name {at}", manager="greta") for at in range(size)])
        with statements() as issued:
            apply_changes(session, file, actor=company.actor("hanna"), now=now, scope=Scope.PART)
        return len(issued)

    count(1, "a")
    assert count(1, "b") == count(30, "c")


@pytest.mark.both_databases
def test_a_new_manager_takes_running_cases_over_and_words_stay_signed(
    session: Session, company: Company, now: datetime
) -> None:
    running = open_case(session, company, "ben", "greta", now)
    closed = open_case(session, company, "cora", "greta", now)
    closed.closed_at = now
    session.add(Rating(case_id=running.id, round="first", rater_id=company.id("greta"), created_at=now, locked_at=now))
    take_in(
        session,
        "external_id,name,manager\nben,Ben Ito,mats\ncora,Cora Diaz,mats\nfinn,Finn Berg,mats",
        company,
        now + NEXT_DAY,
    )
    session.expire_all()
    assert (running.manager_id, closed.manager_id) == (company.id("mats"), company.id("greta"))
    assert session.scalars(sa.select(Rating.rater_id)).all() == [company.id("greta")]
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "case.manager_changed")).one()
    assert event.case_id == running.id
    assert detail_of(session, event) == {"from": company.id("greta"), "to": company.id("mats")}
    told = session.execute(sa.select(Message.to_person_id, Message.template, Message.case_id).order_by(Message.id))
    assert [tuple(row) for row in told] == [
        (company.id("greta"), "case_handed_over", running.id),
        (company.id("mats"), "case_taken_over", running.id),
    ]


def test_a_hand_over_to_the_same_manager_is_none(session: Session, company: Company, now: datetime) -> None:
    open_case(session, company, "ben", "greta", now)
    assert hand_over_cases(session, {company.id("ben"): company.id("greta")}, actor=SYSTEM, now=now) == ()
    assert events(session) == []


def test_who_was_manager_for_a_morning_is_kept(session: Session, company: Company, now: datetime) -> None:
    take_in(session, "external_id,name,manager\nben,Ben Ito,mats", company, now)
    take_in(session, "external_id,name,manager\nben,Ben Ito,vera", company, now)
    today = now.date()
    assert history(session, company.id("ben"))[1:] == [
        (company.id("mats"), "PM", today, today),
        (company.id("vera"), "PM", today, None),
    ]


@pytest.mark.both_databases
def test_whoever_leaves_is_out_and_what_they_had_in_hand_is_shown_to_hr(
    session: Session, company: Company, now: datetime
) -> None:
    own, other = open_case(session, company, "ben", "greta", now), open_case(session, company, "cora", "ben", now)
    session.add(SignIn(token_hash="a", person_id=company.id("ben"), created_at=now, last_seen_at=now))
    for state, case in (("asked", other), ("submitted", own)):
        feedback = Feedback(
            case_id=case.id, giver_id=company.id("ben"), function="Product", state=state, entered_at=now
        )
        session.add(feedback)
    deactivate(session, company.id("ben"), actor=company.actor("hanna"), now=now)
    ben = person(session, "ben")
    assert (ben.is_active, ben.left_on) == (False, now.date())
    assert session.scalars(sa.select(SignIn.ended_at)).all() == [now]
    assert history(session, ben.id) == [(company.id("greta"), "PM", date(2020, 1, 6), now.date())]
    open_work = [(row.person_name, row.part, row.where) for row in find_open_work(session, company.actor("hanna"))]
    assert sorted(open_work) == [
        ("Ben Ito", "candidate", "C-ben"),
        ("Ben Ito", "giver", "C-cora"),
        ("Ben Ito", "manager", "C-cora"),
    ]
    assert find_open_work(session, company.actor("greta")) == ()
    assert find_open_work(session, company.actor("ines")) == ()


def test_leaving_is_refused_twice_and_for_oneself(session: Session, company: Company, now: datetime) -> None:
    for key in ("xenia", "hanna"):
        with pytest.raises(Invalid):
            deactivate(session, company.id(key), actor=company.actor("hanna"), now=now)
    with pytest.raises(NotFound):
        deactivate(session, 9999, actor=company.actor("hanna"), now=now)
    with pytest.raises(NotAllowed):
        deactivate(session, company.id("ben"), actor=company.actor("greta"), now=now)


def test_a_level_is_written_once_with_its_day(session: Session, company: Company, now: datetime) -> None:
    for _ in range(2):
        set_level(session, company.id("ben"), "senior-pm", date(2026, 11, 1), actor=SYSTEM, now=now)
    ben = person(session, "ben")
    assert (ben.level_id, ben.level_since_on) == ("senior-pm", date(2026, 11, 1))
    levels = session.execute(
        sa.select(Employment.level_id, Employment.from_on, Employment.until_on)
        .where(Employment.person_id == ben.id)
        .order_by(Employment.id)
    )
    assert [tuple(row) for row in levels] == [
        ("pm-2", date(2020, 1, 6), date(2026, 11, 1)),
        ("senior-pm", date(2026, 11, 1), None),
    ]
    assert events(session) == [("person.level", ben.id)]


def test_roles_are_given_and_taken_by_administrators_never_ones_own(
    session: Session, company: Company, now: datetime
) -> None:
    ines = company.actor("ines")
    for _ in range(2):
        grant_role(session, company.id("otto"), "hr", actor=ines, now=now)
    held = sa.select(RoleGrant.role, RoleGrant.granted_by_id).where(RoleGrant.person_id == company.id("otto"))
    assert session.execute(held).all() == [("hr", ines.person_id)]
    revoke_role(session, company.id("otto"), "hr", actor=ines, now=now)
    assert session.execute(held).all() == []
    assert events(session) == [("role.grant", company.id("otto")), ("role.revoke", company.id("otto"))]
    with pytest.raises(NotFound):
        revoke_role(session, company.id("otto"), "hr", actor=ines, now=now)
    for key, role in (("ines", "hr"), ("otto", "king"), ("xenia", "hr")):
        with pytest.raises(Invalid):
            grant_role(session, company.id(key), role, actor=ines, now=now)
    with pytest.raises(Invalid):
        revoke_role(session, company.id("ines"), "it_admin", actor=ines, now=now)
    with pytest.raises(NotAllowed):
        grant_role(session, company.id("otto"), "auditor", actor=company.actor("hanna"), now=now)


def test_a_first_password_has_to_be_changed_and_ends_sign_ins(
    session: Session, company: Company, now: datetime
) -> None:
    session.add(SignIn(token_hash="a", person_id=company.id("ben"), created_at=now, last_seen_at=now))
    set_password(session, company.id("ben"), "a hash", actor=company.actor("ines"), now=now)
    ben = person(session, "ben")
    assert (ben.password_hash, ben.must_change_password) == ("a hash", True)
    assert session.scalars(sa.select(SignIn.ended_at)).all() == [now]
    with pytest.raises(NotAllowed):
        set_password(session, company.id("ben"), "a hash", actor=company.actor("hanna"), now=now)


def test_levels_are_read_by_id_or_code_of_the_newest_ladder(session: Session, company: Company, now: datetime) -> None:
    publish_ladder(session)
    words = "external_id,name,level,level_since\nben,Ben Ito,IC3,2026-11-01\nfinn,Finn Berg,PM-2,\ncora,Cora Diaz,pm-9,"
    with pytest.raises(Invalid) as refused:
        take_in(session, words, company, now)
    assert [(fault.row, str(fault.what)) for fault in refused.value.faults] == [(4, "there is no level “pm-9”")]
    take_in(session, words.replace("pm-9", "pm-2"), company, now)
    held = [(p.level_id, p.level_since_on) for p in (person(session, key) for key in ("ben", "finn", "cora"))]
    assert held == [("senior-pm", date(2026, 11, 1)), ("pm-2", now.date()), ("pm-2", date(2023, 1, 1))]


def test_fields_that_a_file_does_not_speak_of_stay(session: Session, company: Company, now: datetime) -> None:
    file = file_of([PersonRow(1, "ben", "Benjamin Ito")], PersonField.NAME)
    apply_changes(session, file, actor=SYSTEM, now=now, scope=Scope.PART)
    ben = person(session, "ben")
    assert (ben.name, ben.email, ben.manager_id) == ("Benjamin Ito", "ben@company.example", company.id("greta"))


def test_a_moment_in_another_zone_is_the_same_day(session: Session, company: Company) -> None:
    late = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)
    deactivate(session, company.id("ben"), actor=Actor(company.id("hugo"), "Hugo", frozenset({"hr"})), now=late)
    assert person(session, "ben").left_on == date(2026, 11, 16)
