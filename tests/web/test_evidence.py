"""The pages of self-review and evidence through a real client: forms, autosave, conflicts, who sees what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.domain.evidence_draft import EvidenceDraft, Tag
from review.models import AuditEvent, Case, Evidence, SelfReview
from review.services.evidence import add_evidence, save_self_review
from review.services.transitions import fire
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.signed_in import soup, words

Enter = Callable[[str], FlaskClient]
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
DRAFT = EvidenceDraft("Pricing memo", "Split the problem", tags=tuple(map(Tag, CRITERIA)))
AUTOSAVE = {"X-Autosave": "1"}


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


def faults(answer: TestResponse) -> list[str]:
    return [item.get_text(" ", strip=True) for item in soup(answer).select("[data-errors] li")]


def test_the_ladder_stands_beside_the_words(enter: Enter, case: Case) -> None:
    answer = enter("ben").get(f"/cases/{case.id}/self-review/leadership")
    page = soup(answer)
    marks = [mark.get_text() for mark in page.select(".ladder-2 .lvl")]
    forms = [form["action"] for form in page.select("form[data-autosave]")]
    assert answer.status_code == 200
    assert marks == ["IC2", "IC3"]
    assert forms == [f"/cases/{case.id}/self-review/leadership"]
    assert len(page.select("[data-primary]")) == 1


def test_a_save_goes_to_the_next_criterion_and_an_autosave_tells_the_version(
    enter: Enter, session: Session, case: Case
) -> None:
    client, url = enter("ben"), f"/cases/{case.id}/self-review/hard-skills"
    saved = client.post(url, data={"self_review": "One.", "version": 0, "then": "leadership"})
    typed = client.post(url, data={"self_review": "One. Two.", "version": 1}, headers=AUTOSAVE)
    assert (saved.status_code, saved.location) == (303, f"/cases/{case.id}/self-review/leadership")
    assert (typed.status_code, typed.get_json()["version"]) == (200, 2)
    assert session.scalars(sa.select(SelfReview.body)).one() == "One. Two."


def test_two_tabs_meet_with_both_texts(enter: Enter, session: Session, case: Case) -> None:
    client, url = enter("ben"), f"/cases/{case.id}/self-review/hard-skills"
    client.post(url, data={"self_review": "First tab.", "version": 0})
    late = client.post(url, data={"self_review": "Second tab.", "version": 0})
    page = soup(late)
    assert late.status_code == 409
    assert [form["action"] for form in page.select("main form.stack")] == [url]
    assert page.select_one("textarea[name=self_review]").get_text(strip=True) == "Second tab."  # type: ignore[union-attr]
    assert page.select_one("input[name=version]")["value"] == "1"  # type: ignore[index]
    assert "First tab." in words(late)
    assert session.scalars(sa.select(SelfReview.body)).one() == "First tab."


def test_a_text_too_long_comes_back_whole_with_the_limit(enter: Enter, session: Session, case: Case) -> None:
    long = "word " * 200_000 + "end"
    answer = enter("ben").post(f"/cases/{case.id}/self-review/hard-skills", data={"self_review": long, "version": 0})
    field = soup(answer).select_one("textarea[name=self_review]")
    assert answer.status_code == 422
    assert faults(answer) == ["980003 characters too many: expected at most 20000 characters"]
    assert field is not None
    assert field.get_text().strip() == long
    assert session.scalars(sa.select(SelfReview)).all() == []


@pytest.mark.parametrize("key", ["otto", "clara", "dario", "abel", "ines", "noor"])
def test_who_may_know_nothing_gets_the_same_404(enter: Enter, case: Case, key: str) -> None:
    client = enter(key)
    hidden = client.get(f"/cases/{case.id}/self-review/leadership")
    unknown = client.get("/cases/999/self-review/leadership")
    assert (hidden.status_code, hidden.data) == (404, unknown.data)
    assert client.get(f"/cases/{case.id}/evidence/new").status_code == 404


def test_the_manager_sees_evidence_at_once_and_words_once_they_are_sent(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    ben = scene.actor("ben")
    for criterion in CRITERIA:
        save_self_review(session, case.id, criterion, "Private draft.", version=0, actor=ben, now=now)
    add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    client, url = enter("greta"), f"/cases/{case.id}/self-review/leadership"
    before = words(client.get(url))
    fire(session, case.id, "submit_packet", actor=ben, now=now)
    after = client.get(url)
    assert ("Private draft." in before, "Pricing memo" in before) == (False, True)
    assert "Private draft." in words(after)
    assert soup(after).select("form[data-autosave], a[href$='evidence/new?criterion=leadership']") == []
    returned = [option["id"] for option in soup(after).select(".option")]
    assert returned == ["option-return_packet"]


def test_evidence_is_added_changed_and_taken_out(enter: Enter, session: Session, case: Case) -> None:
    client, new = enter("ben"), f"/cases/{case.id}/evidence/new?criterion=leadership"
    form = soup(client.get(new))
    assert [box["value"] for box in form.select("input[name=tags][checked]")] == ["leadership"]
    sent = {
        "title": "Memo",
        "done": "Wrote it",
        "label-0": "The memo",
        "url-0": "https://example.org/memo",
        "url-1": "https://example.org/more",
        "measure": "Time to answer",
        "baseline": "3 days",
        "actual": "1 day",
        "tags": ["leadership"],
        "request_key": "one-form",
    }
    added = client.post(new, data=sent)
    again = client.post(new, data=sent)
    assert (added.status_code, added.location) == (303, f"/cases/{case.id}/self-review/leadership")
    assert again.status_code == 303
    row = session.scalars(sa.select(Evidence)).one()
    assert row.links == [
        {"label": "The memo", "url": "https://example.org/memo"},
        {"label": "example.org", "url": "https://example.org/more"},
    ]
    url = f"/cases/{case.id}/evidence/{row.id}"
    filled = soup(client.get(url))
    assert filled.select_one("input[name=measure]")["value"] == "Time to answer"  # type: ignore[index]
    changed = client.post(url, data={**sent, "title": "Memo 2", "version": 1})
    stale = client.post(url, data={**sent, "title": "Memo 3", "version": 1})
    assert (changed.status_code, stale.status_code) == (303, 409)
    removed = client.post(f"{url}/remove", data={"criterion": "leadership"})
    assert (removed.status_code, client.get(url).status_code) == (303, 404)
    kinds = session.scalars(
        sa.select(AuditEvent.kind).where(AuditEvent.kind.startswith("evidence.")).order_by(AuditEvent.seq)
    ).all()
    assert kinds == ["evidence.add", "evidence.edit", "evidence.remove"]


def test_faults_of_evidence_stand_beside_their_fields_and_nothing_is_lost(enter: Enter, case: Case) -> None:
    sent = {"title": "Memo", "done": "", "effect": "It worked", "label-0": "x", "url-0": "javascript:alert(1)"}
    answer = enter("ben").post(f"/cases/{case.id}/evidence/new", data=sent)
    page = soup(answer)
    assert answer.status_code == 422
    assert [(link["href"], link.get_text()) for link in page.select("[data-errors] a")] == [
        ("#done", "What you did: Please fill this in"),
        ("#tags", "Choose at least one criterion that it speaks to"),
        ("#url-0", "Readers cannot open this address: expected one that begins with https://"),
    ]
    assert page.select_one("#effect").get_text(strip=True) == "It worked"  # type: ignore[union-attr]
    assert page.select_one("#url-0")["value"] == "javascript:alert(1)"  # type: ignore[index]
    assert page.select_one("title").get_text().startswith("Error:")  # type: ignore[union-attr]


def test_a_reader_gets_evidence_to_read_and_hostile_words_stay_words(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    hostile = EvidenceDraft(
        "A\u202eb<script>", "<img src=x onerror=alert(1)> [x](javascript:alert(2)) **bold**", tags=(Tag("leadership"),)
    )
    row = add_evidence(session, case.id, hostile, actor=scene.actor("ben"), now=now)
    assert row is not None
    page = soup(enter("greta").get(f"/cases/{case.id}/evidence/{row.id}"))
    assert page.select("main form, main script, main img, main a[href^=javascript]") == []
    assert page.select_one("h1").get_text(" ", strip=True) == "E1 Ab<script>"  # type: ignore[union-attr]
    assert [bold.get_text() for bold in page.select("main .serif strong")] == ["bold"]


def test_the_page_takes_as_many_statements_for_30_pieces_of_evidence_as_for_one(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime, statements: Statements
) -> None:
    client, ben, url = enter("ben"), scene.actor("ben"), f"/cases/{case.id}/self-review/leadership"
    add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    client.get(url)
    with statements() as for_one:
        assert client.get(url).status_code == 200
    for _ in range(29):
        add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    with statements() as for_thirty:
        assert client.get(url).status_code == 200
    assert len(for_one) == len(for_thirty)
    assert len(for_thirty) <= 10


def test_a_save_takes_few_statements(enter: Enter, case: Case, statements: Statements) -> None:
    client, url = enter("ben"), f"/cases/{case.id}/self-review/leadership"
    client.post(url, data={"self_review": "One.", "version": 0}, headers=AUTOSAVE)
    with statements() as issued:
        assert client.post(url, data={"self_review": "Two.", "version": 1}, headers=AUTOSAVE).status_code == 200
    assert len(issued) <= 14


def test_the_page_of_a_case_leads_to_what_is_written_on_each_criterion(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    kept = add_evidence(session, case.id, DRAFT, actor=scene.actor("ben"), now=now)
    session.commit()
    page = soup(enter("ben").get(f"/cases/{case.id}"))
    assert kept is not None
    own = f"/cases/{case.id}/self-review/"
    assert [link["href"] for link in page.select("[data-item] header a")] == [own + each for each in CRITERIA]
    assert [link["href"] for link in page.select("[data-item] a.ref")] == [f"/cases/{case.id}/evidence/{kept.id}"] * 4
    assert [title.get_text()[:3] for title in page.select("[data-item] h2")] == ["1. ", "2. ", "3. ", "4. "]
