"""Setting up a cycle step by step: each step kept when it is left; what follows is shown before it is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.adapters.mail import make_mailer
from review.config import Settings
from review.domain.wording_list import PIECES, words_of
from review.models import Committee, Cycle, CycleDate, Message
from review.services.cycles import create_cycle
from review.services.wordings import save_words
from review.worker import Outcome, send_due
from tests.factories import Scene, next_plan
from tests.signed_in import Door, faults, listed, soup, words


@pytest.fixture
def draft(session: Session, scene: Scene, now: datetime) -> Cycle:
    cycle = create_cycle(session, next_plan(session, scene), actor=scene.actor("hanna"), now=now)
    session.commit()
    return cycle


def sent(page: TestResponse) -> dict[str, str | list[str]]:
    """Return the form of a step as a browser would send it unchanged."""
    form = soup(page).select_one("#step")
    assert form is not None
    typed: dict[str, str | list[str]] = {}
    for field in form.select("input[name]:not([name=csrf_token]):not([type=checkbox])"):
        typed[str(field["name"])] = str(field.get("value", ""))
    for box in form.select("input[type=checkbox][checked]"):
        kept = typed.setdefault(str(box["name"]), [])
        assert isinstance(kept, list)
        kept.append(str(box["value"]))
    for select in form.select("select"):
        option = select.select_one("option[selected]") or select.select_one("option")
        assert option is not None
        typed[str(select["name"])] = str(option["value"])
    return typed


def test_dates_that_contradict_each_other_are_refused_with_their_place(
    session: Session, draft: Cycle, door: Door
) -> None:
    client, url = door.enter("hanna"), f"/cycles/{draft.id}/set-up/calendar"
    form = sent(client.get(url))
    rule = {"packet_deadline-way": "weeks_after", "packet_deadline-count": "9", "packet_deadline-other": "opening"}
    refused = client.post(url, data=form | rule)
    told = "“Feedback until” lies before “Self-review until”: expected Monday 18 January 2027 or later"
    assert (refused.status_code, faults(refused)) == (
        422,
        [told],
    )
    assert words(refused, "#feedback_deadline-error") == told
    assert sent(refused)["packet_deadline-count"] == "9"
    looked = client.post(url, data=form | rule | {"packet_deadline-count": "3", "go": "try"})
    row = [line for line in listed(looked, "[aria-labelledby=worked-out] tbody tr") if line.startswith("Self-review")]
    assert row == [
        "Self-review until Monday 7 December 2026 3 weeks after: Opening “Self-review and evidence” is to be over"
    ]
    kept = sa.select(CycleDate.on_day).where(CycleDate.cycle_id == draft.id, CycleDate.name == "packet_deadline")
    assert session.scalars(kept).one().isoformat() == "2026-12-04"
    done = client.post(url, data=form | rule | {"packet_deadline-count": "3", "go": "rules"})
    assert (done.status_code, done.location) == (303, f"/cycles/{draft.id}/set-up/rules")
    assert session.scalars(kept).one().isoformat() == "2026-12-07"
    session.refresh(draft)
    assert draft.date_rules["packet_deadline"] == {"way": "weeks_after", "count": 3, "other": "opening"}


def test_a_switch_shows_what_follows_before_it_is_kept(session: Session, draft: Cycle, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{draft.id}/set-up/rules"
    form = sent(client.get(url)) | {"candidate_sees_feedback": "verbatim", "n3": "4"}

    def candidate(page: TestResponse) -> str:
        return listed(page, "[aria-labelledby=follows] tbody tr")[0]

    when = "once the answer is announced"
    quiet = f"As HR writes it, without names, {when} With its reasons, {when}"
    assert candidate(client.get(url)) == f"Candidate nothing nothing nothing {quiet}"
    told = "Word for word without a name, 4 answers or more together, once the answer is announced"
    assert candidate(client.post(url, data=form | {"go": "try"})) == f"Candidate {told} nothing {told} {quiet}"
    session.refresh(draft)
    assert draft.policy["anonymity"]["candidate_sees_feedback"] == "summary"
    assert client.post(url, data=form).location == f"/cycles/{draft.id}/set-up/committees"
    session.refresh(draft)
    assert (draft.policy["anonymity"]["candidate_sees_feedback"], draft.policy["thresholds"]["n3"]) == ("verbatim", 4)


def test_rules_say_who_is_in(session: Session, scene: Scene, draft: Cycle, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{draft.id}/set-up/eligibility"
    page = client.get(url, query_string={"show": "in", "words": "product"})
    assert [line.split(" Product")[0] for line in listed(page, "[aria-labelledby=who] tbody tr")][:2] == [
        "Ben Ito",
        "Cora Diaz",
    ]
    turned = client.get(url, query_string={"words": "\u202eproduct\x00"})
    assert [box["value"] for box in soup(turned).select("#words")] == ["product"]
    tried = client.post(url, data=sent(page) | {"levels": ["senior-pm"], "go": "try"})
    assert words(tried, "#who + span") == "1 in, 26 not · not saved"
    assert client.post(url, data=sent(page) | {"levels": ["senior-pm"], "go": "here"}).location == url
    refused = client.post(f"/cycles/{draft.id}/eligibility", data={"person": "Ben Ito", "ruling": "in", "why": ""})
    assert refused.status_code == 422
    given = {"person": "Ben Ito", "ruling": "in", "why": "Agreed with his manager."}
    assert client.post(f"/cycles/{draft.id}/eligibility", data=given).status_code == 303
    table = client.get(f"/cycles/{draft.id}/eligibility/people.csv", query_string={"show": "in"})
    assert table.get_data(as_text=True).removeprefix("\ufeff").splitlines() == [
        "Name,Function,Level,To,Why not,By hand",
        "Ben Ito,Product,PM 2,Senior PM,,Agreed with his manager.",
        "Iris Vance,Product,Senior PM,Staff PM,,",
    ]
    taken = client.post(f"/cycles/{draft.id}/eligibility/{scene.id('ben')}/take-back")
    assert (taken.status_code, words(client.get(url), "#who + span")) == (303, "1 in, 26 not · as it is saved")


def test_a_test_mail_is_sent_as_every_mail_is(
    session: Session, engine: sa.Engine, settings: Settings, draft: Cycle, door: Door, now: datetime
) -> None:
    client, url = door.enter("hanna"), f"/cycles/{draft.id}/set-up/letters"
    assert "It goes to your own address" in words(client.get(url), "[aria-labelledby=test]")
    assert client.post(f"{url}/test").status_code == 303
    row = session.scalars(sa.select(Message).where(Message.template == "mail_test")).one()
    assert row.params == {"place": f"cycle:{draft.id}"}
    session.commit()
    assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.SENT: 1}
    session.refresh(row)
    assert "The last one was sent" in words(client.get(url), "[aria-labelledby=test]")
    told = listed(client.get(f"/cycles/{draft.id}/set-up/check"), "[aria-labelledby=lines-3] li")
    assert [line for line in told if "mail" in line] == ["Done: A test mail was sent on Monday 16 November 2026"]


def test_the_mails_of_a_draft_have_the_words_in_force(
    session: Session, scene: Scene, draft: Cycle, door: Door, now: datetime
) -> None:
    words_now = {**words_of(PIECES["overdue"], {}), "subject": "It is your turn"}
    save_words(session, "overdue", words_now, version=0, actor=scene.actor("hanna"), now=now)
    session.commit()
    page = soup(door.enter("hanna").get(f"/cycles/{draft.id}/set-up/letters"))
    told = {link["href"]: " ".join(link.parent.get_text(" ").split()) for link in page.select("tbody th a")}
    assert told["/words/overdue"] == "It is your turn changed"
    assert told["/words/please_read"] == "A packet waits to be read"


def test_what_keeps_a_cycle_shut_is_listed_with_where_it_is_mended(session: Session, draft: Cycle, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{draft.id}/set-up/check"
    draft.required_functions = ["Design"]
    session.commit()
    page = client.get(url)
    why = "1 function is to be heard, but the workflow wants 2 of them: no packet could be sealed"
    assert listed(page, "#why-open li") == [f"Missing: {why} Mend it : {why}"]
    link = soup(page).select_one("#why-open a")
    assert link is not None
    assert (link["href"], soup(page).select("form[action$='/open']")) == (f"/cycles/{draft.id}/set-up/feedback", [])
    assert client.post(f"/cycles/{draft.id}/open").status_code == 409
    session.refresh(draft)
    assert draft.state == "draft"


@pytest.mark.parametrize(("minute", "day", "past"), [(59, "2027-03-27", False), (0, "2027-03-28", True)])
def test_today_is_the_day_where_the_cycle_is(
    app: Flask, session: Session, client: FlaskClient, scene: Scene, draft: Cycle, minute: int, day: str, past: bool
) -> None:
    """In Europe the day after begins before UTC's does, and it is the day on which the clocks go forward."""
    moment = datetime(2027, 3, 27, 22 + past, minute, tzinfo=UTC)
    app.extensions["clock"] = lambda: moment
    Door(client, session, moment, scene.company.ids).enter("hanna")
    new = soup(client.get("/cycles/new"))
    assert [str(field["value"]) for field in new.select("input[name=opening]")] == [day, day]
    draft.date_rules = {}
    for row in session.scalars(sa.select(CycleDate).where(CycleDate.cycle_id == draft.id)):
        row.on_day = date(2027, 3, 27)
    session.commit()
    page = client.get(f"/cycles/{draft.id}/set-up/calendar")
    assert ("past" in words(page, "main table"), str(soup(page).select("input[name=opening-day]")[0]["value"])) == (
        past,
        "2027-03-27",
    )


def test_a_cycle_like_an_earlier_one(session: Session, scene: Scene, door: Door) -> None:
    client = door.enter("hanna")
    given = {"source": str(scene.cycle_id), "name": "Next", "code": "2027N", "opening": "2027-03-01"}
    answer = client.post("/cycles/clone", data=given)
    cycle = session.scalars(sa.select(Cycle).where(Cycle.code == "2027N")).one()
    assert (answer.status_code, answer.location) == (303, f"/cycles/{cycle.id}/set-up/calendar")
    keyed = given | {"code": "2027M", "request_key": "of one form"}
    twice = [client.post("/cycles/clone", data=keyed).location for _ in range(2)]
    assert twice == [f"/cycles/{cycle.id + 1}/set-up/calendar"] * 2
    assert session.scalar(sa.select(sa.func.count(Committee.id)).where(Committee.cycle_id == cycle.id + 1)) == 1
    again = client.post("/cycles/clone", data=given)
    assert (again.status_code, faults(again)) == (422, ["A cycle with this code exists: expected another code"])


@pytest.mark.parametrize("key", ["iris", "greta", "abel", "ines"])
def test_steps_are_for_hr(scene: Scene, draft: Cycle, door: Door, key: str) -> None:
    client, url = door.enter(key), f"/cycles/{draft.id}"
    read = [f"{url}/set-up/check", f"{url}/set-up/rules", f"{url}/eligibility/people.csv"]
    written = [f"{url}/set-up/rules", f"{url}/set-up/letters/test", f"{url}/eligibility", "/cycles/clone"]
    assert [client.get(each).status_code for each in read] == [404] * 3
    assert [client.post(each).status_code for each in written] == [404] * 4


def test_an_unknown_step_is_not_there(draft: Cycle, door: Door) -> None:
    assert door.enter("hanna").get(f"/cycles/{draft.id}/set-up/wizardry").status_code == 404
    assert door.client.post(f"/cycles/{draft.id}/set-up/check").status_code == 404
