"""Dated windows in which somebody acts for somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Parties, Role, roles_in
from review.domain.delegation import Window, WindowState
from review.domain.errors import Invalid, NotAllowed, NotFound
from review.models import AuditEvent, Delegation
from review.queries.delegations import find_delegations, find_running_delegations
from review.queries.sign_ins import find_sign_in
from review.services.delegations import end_delegation, open_delegation
from review.services.people import deactivate
from review.services.sign_ins import digest_token, open_sign_in
from tests.conftest import Statements
from tests.personas import Company
from tests.trail import detail_of

DAY = timedelta(days=1)


def window(company: Company, lender: str, delegate: str, first: date, last: date) -> Window:
    return Window(company.id(lender), company.id(delegate), first, last)


def test_a_window_is_set_up_recorded_and_listed_for_both(session: Session, company: Company, now: datetime) -> None:
    today = now.date()
    asked = window(company, "greta", "mats", today, today + 6 * DAY)
    row = open_delegation(session, asked, reason=" On leave ", actor=company.actor("greta"), now=now)
    for key in ("greta", "mats"):
        (shown,) = find_delegations(session, company.actor(key), today=today)
        assert (shown.person_name, shown.delegate_name, shown.reason, shown.set_up_by, shown.state, shown.can_end) == (
            "Greta Holm",
            "Mats Oduya",
            "On leave",
            "Greta Holm",
            WindowState.OPEN,
            key == "greta",
        )
    assert find_delegations(session, company.actor("ben"), today=today) == ()
    assert [shown.id for shown in find_running_delegations(session, company.actor("hanna"), today=today)] == [row.id]
    assert find_running_delegations(session, company.actor("greta"), today=today) == ()
    event = session.scalars(sa.select(AuditEvent)).one()
    assert (event.kind, event.actor_id, event.subject_id, detail_of(session, event)) == (
        "delegation.open",
        company.id("greta"),
        company.id("greta"),
        {"from": "2026-11-16", "until": "2026-11-22", "delegate": company.id("mats")},
    )


@pytest.mark.both_databases
def test_the_delegate_holds_the_part_on_both_edge_days_and_not_outside(
    session: Session, company: Company, now: datetime
) -> None:
    first, last = now.date() + DAY, now.date() + 2 * DAY
    asked = window(company, "greta", "mats", first, last)
    open_delegation(session, asked, reason="", actor=company.actor("greta"), now=now)
    token = digest_token(open_sign_in(session, company.id("mats"), now=now))
    lent = {}
    for day in (first - DAY, first, last, last + DAY):
        sign_in = find_sign_in(session.connection(), token, today=day)
        assert sign_in is not None
        lent[day] = sorted(sign_in.actor.delegators)
    assert list(lent.values()) == [[], [company.id("greta")], [company.id("greta")], []]


def test_a_delegate_rates_but_never_votes(company: Company) -> None:
    parties = Parties(
        candidate_id=company.id("ben"),
        manager_id=company.id("greta"),
        members={company.id("greta"): "member"},
    )
    lender = company.id("greta")
    delegate = replace(company.actor("mats"), delegators={lender: frozenset({"it_admin", "auditor", "hr"})})
    assert roles_in(parties, delegate) == {Role.OTHER_EMPLOYEE, Role.MANAGER, Role.HR}


def test_hr_sets_a_window_up_for_others_and_never_for_themselves_to_act(
    session: Session, company: Company, now: datetime
) -> None:
    today, hanna = now.date(), company.actor("hanna")
    open_delegation(session, window(company, "greta", "mats", today, today), reason="", actor=hanna, now=now)
    with pytest.raises(NotAllowed) as refused:
        open_delegation(session, window(company, "greta", "hanna", today, today), reason="", actor=hanna, now=now)
    assert refused.value.is_known
    for key in ("mats", "ines", "ben"):
        asked = window(company, "greta", "ben", today, today)
        with pytest.raises(NotAllowed):
            open_delegation(session, asked, reason="", actor=company.actor(key), now=now)


def test_every_fault_of_a_window_comes_at_once(session: Session, company: Company, now: datetime) -> None:
    today, greta = now.date(), company.actor("greta")
    open_delegation(session, window(company, "greta", "mats", today, today + 5 * DAY), reason="", actor=greta, now=now)

    def faults(delegate: str, first: date, last: date, reason: str = "") -> list[tuple[str | None, str]]:
        asked = window(company, "greta", delegate, first, last)
        with pytest.raises(Invalid) as refused:
            open_delegation(session, asked, reason=reason, actor=greta, now=now)
        return [(fault.field, str(fault.what)) for fault in refused.value.faults]

    assert faults("greta", today, today - DAY) == [
        ("delegate", "You cannot act for yourself"),
        ("until_on", "The last day is before the first"),
    ]
    assert faults("ben", today - 3 * DAY, today - DAY, "x" * 301) == [
        ("until_on", "The last day has passed"),
        ("reason", "The reason is too long"),
    ]
    assert faults("ben", today, today + 367 * DAY) == [("until_on", "The window is longer than a year")]
    assert faults("mats", today + 5 * DAY, today + 9 * DAY) == [
        ("from_on", "This person acts for you on some of these days already")
    ]
    assert faults("xenia", today, today) == [("delegate", "This person has left")]
    asked = Window(company.id("greta"), 9999, today, today)
    with pytest.raises(NotFound):
        open_delegation(session, asked, reason="", actor=greta, now=now)
    open_delegation(
        session, window(company, "greta", "mats", today + 6 * DAY, today + 7 * DAY), reason="", actor=greta, now=now
    )


def test_a_window_ends_early_for_who_lends_or_hr_and_only_once(
    session: Session, company: Company, now: datetime
) -> None:
    today, greta = now.date(), company.actor("greta")
    asked = window(company, "greta", "mats", today, today + DAY)
    row = open_delegation(session, asked, reason="", actor=greta, now=now)
    with pytest.raises(NotAllowed) as known:
        end_delegation(session, row.id, actor=company.actor("mats"), now=now)
    with pytest.raises(NotAllowed) as unknown:
        end_delegation(session, row.id, actor=company.actor("ben"), now=now)
    assert (known.value.is_known, unknown.value.is_known) == (True, False)
    end_delegation(session, row.id, actor=company.actor("hanna"), now=now)
    assert row.ended_at == now
    with pytest.raises(Invalid):
        end_delegation(session, row.id, actor=greta, now=now)
    with pytest.raises(NotFound):
        end_delegation(session, 9999, actor=greta, now=now)
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["delegation.open", "delegation.end"]


def test_leaving_ends_windows_both_ways(session: Session, company: Company, now: datetime) -> None:
    today = now.date()
    for lender, delegate in (("greta", "mats"), ("mats", "greta"), ("ben", "cora")):
        asked = window(company, lender, delegate, today, today)
        open_delegation(session, asked, reason="", actor=company.actor(lender), now=now)
    deactivate(session, company.id("mats"), actor=company.actor("hanna"), now=now)
    still_open = session.scalars(sa.select(Delegation.person_id).where(Delegation.ended_at.is_(None))).all()
    assert still_open == [company.id("ben")]


def test_the_list_takes_as_many_statements_for_one_window_as_for_thirty(
    session: Session, company: Company, now: datetime, statements: Statements
) -> None:
    today, greta = now.date(), company.actor("greta")

    def count() -> int:
        with statements() as issued:
            find_delegations(session, greta, today=today)
        return len(issued)

    open_delegation(session, window(company, "greta", "mats", today, today), reason="", actor=greta, now=now)
    one = count()
    for at in range(1, 30):
        asked = window(company, "greta", "mats", today + at * DAY, today + at * DAY)
        open_delegation(session, asked, reason="", actor=greta, now=now)
    assert count() == one == 1
