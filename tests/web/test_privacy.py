"""The pages of holds and of the end of keeping: for HR, and for everybody else as if they were not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Erasure, LegalHold, RetentionRun, SignInAttempt, SubjectRequest
from review.services.privacy_retention import do_in_parts
from tests.conftest import Statements
from tests.personas import Company
from tests.signed_in import NO_REASON, Door, faults, listed, soup, words

Enter = Callable[[str], FlaskClient]
PAGES = ("/legal-holds", "/retention", "/erasures", "/data-requests")


@pytest.fixture
def enter(client: FlaskClient, session: Session, company: Company, now: datetime) -> Enter:
    return Door(client, session, now, company.ids).enter


def test_a_person_is_held_and_let_go(enter: Enter, session: Session, company: Company) -> None:
    client = enter("hanna")
    sent = {"about": "otto@company.example", "reason": "A dispute", "until_on": "2027-01-31", "request_key": "k"}
    assert [client.post("/legal-holds", data=sent).status_code for _ in range(2)] == [303, 303]
    row = session.scalars(sa.select(LegalHold)).one()
    assert (row.person_id, row.until_on) == (company.id("otto"), date(2027, 1, 31))
    shown = listed(client.get("/legal-holds"), "[data-item]")
    assert len(shown) == 1
    assert shown[0].startswith("Otto Nagy on until Sunday 31 January 2027 · set by Hanna Ruiz")
    assert client.post(f"/legal-holds/{row.id}/end").status_code == 303
    assert "· ended by Hanna Ruiz, 16 Nov 2026, 09:00 A dispute" in listed(client.get("/legal-holds"), "[data-item]")[0]
    assert client.post(f"/legal-holds/{row.id}/end").status_code == 409
    refused = client.post("/legal-holds", data={"about": "nobody", "reason": "Kept.", "until_on": "2020-01-31"})
    assert (refused.status_code, len(faults(refused))) == (422, 2)
    assert "Kept." in refused.get_data(as_text=True)


def test_what_is_due_is_shown_approved_and_listed(enter: Enter, session: Session, now: datetime) -> None:
    session.add(SignInAttempt(account="x", address="192.0.2.1", at=now - timedelta(days=9)))
    client = enter("hanna")
    rows = [row for row in listed(client.get("/retention"), "[data-item]") if row.startswith("Failed sign-ins")]
    assert rows == ["Failed sign-ins They only slow down guessing. 7 days 1 Saturday 7 November 2026"]
    assert [client.post("/retention", data={"request_key": "k"}).status_code for _ in range(2)] == [303, 303]
    assert client.post("/retention").status_code == 409
    page = client.get("/retention")
    assert ("A run is approved" in words(page), soup(page).select("main form")) == (True, [])
    list(do_in_parts(session, now=now))
    assert "Failed sign-ins: 1" in words(client.get("/retention"))


def test_who_gives_up_the_erasure_of_somebody_else_says_why(
    enter: Enter, session: Session, company: Company, now: datetime
) -> None:
    for key in ("otto", "xenia"):
        about = {"reason": "They ask", "proposed_by_id": company.id("hanna"), "proposed_at": now}
        session.add(Erasure(person_id=company.id(key), **about))
    client = enter("hugo")
    boxes = soup(client.get("/erasures")).select("textarea[name=why]")
    assert [box["id"] for box in boxes] == ["why-2", "why-1"]
    refused = client.post("/erasures/1/cancel", data={"why": ""})
    assert (refused.status_code, faults(refused)) == (422, [NO_REASON])
    assert client.post("/erasures/1/cancel", data={"why": "He is still here"}).status_code == 303
    shown = listed(client.get("/erasures"), "[data-item]")
    assert "Given up by Hugo Brandt, 16 Nov 2026, 09:00: He is still here" in shown[1]
    assert len(soup(enter("hanna").get("/erasures")).select("textarea[name=why]")) == 0


def test_an_erasure_says_who_approved_it_or_that_a_restore_did(
    enter: Enter, session: Session, company: Company, now: datetime
) -> None:
    about = {"reason": "", "proposed_at": now, "done_at": now}
    hanna, hugo, otto, xenia = map(company.id, ("hanna", "hugo", "otto", "xenia"))
    session.add(Erasure(person_id=otto, proposed_by_id=hanna, approved_by_id=hugo, **about))
    session.flush()
    session.add(Erasure(person_id=xenia, proposed_by_id=xenia, **about))
    client = enter("hanna")
    assert listed(client.get("/erasures"), "[data-item]") == [
        "Xenia Rolf erased anew after a restore from an older backup, 16 Nov 2026, 09:00",
        "Otto Nagy erased proposed by Hanna Ruiz, 16 Nov 2026, 09:00 · approved by Hugo Brandt, 16 Nov 2026, 09:00",
    ]
    taken = client.get("/lists/erasures.csv").get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert [taken[0], taken[2]] == [
        "Who,Reason,Proposed,Proposed by,Approved by,Done,Withdrawn",
        "Otto Nagy,,2026-11-16 09:00,Hanna Ruiz,Hugo Brandt,2026-11-16 09:00,",
    ]


def test_all_that_stands_against_an_erasure_is_said_at_once(
    enter: Enter, session: Session, company: Company, now: datetime
) -> None:
    asked = {"asked_by_id": company.id("otto"), "asked_at": now, "due_on": now.date()}
    session.add(SubjectRequest(person_id=company.id("otto"), state="review", **asked))
    session.commit()
    refused = enter("hanna").post("/erasures", data={"person": "otto@company.example", "reason": "They ask"})
    both = [
        "They are still here: mark them as having left first",
        "Their request for their data is not answered yet",
    ]
    assert (refused.status_code, faults(refused)) == (409, both)
    assert soup(refused).select("#person-error")[0].get_text("|", strip=True) == "|".join(["Error:", *both])


def test_the_pages_are_for_hr_alone(enter: Enter) -> None:
    for key in ("otto", "greta", "abel", "ines", "noor", "petra"):
        client = enter(key)
        gone = client.get("/nothing-here").data
        assert [client.get(page).data == gone for page in PAGES] == [True] * len(PAGES), key
        pressed = (*PAGES, "/legal-holds/1/end", "/erasures/1/approve", "/erasures/1/cancel")
        assert {client.post(page).status_code for page in pressed} == {404}, key


def test_the_pages_take_the_same_statements_for_more_rows(
    enter: Enter, session: Session, company: Company, statements: Statements, now: datetime
) -> None:
    counted: list[list[int]] = []
    client = enter("hanna")
    for count in (1, 29):
        for _ in range(count):
            row = {"reason": "x", "until_on": now.date(), "set_by_id": company.id("hugo"), "set_at": now}
            session.add(LegalHold(person_id=company.id("otto"), **row))
            session.add(RetentionRun(planned={}, approved_by_id=company.id("hugo"), approved_at=now, done_at=now))
        issued = []
        for page in PAGES[:3]:
            client.get(page)
            with statements() as each:
                client.get(page)
            issued.append(len(each))
        counted.append(issued)
    assert counted[0] == counted[1] == [3, 15, 2]
