"""A rating that is saved is read without its form: what comes is the same."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from review.forms.ratings import RatingForm, read_rating
from review.models import CaseToken
from review.services.ratings import MAX_WORDS
from review.services.transitions import fire
from tests.committee_room import built_room
from tests.factories import open_case_of, open_scene
from tests.signed_in import Door, soup

WORDS = st.text(alphabet="a é\r\n\t\x00\x1f\u202e\ud800²7", max_size=8)
SENT = st.fixed_dictionaries(
    {},
    optional={
        "value": st.lists(st.one_of(WORDS, st.sampled_from(["0", "3", "9", "-1", " 4", "99999999999"])), max_size=2),
        "version": st.lists(
            st.one_of(WORDS, st.sampled_from(["0", "7", " 2 ", "-3", "1_0", "2147483648"])), max_size=2
        ),
        "cites": st.lists(st.one_of(WORDS, st.sampled_from(["e:1", "f:2"])), max_size=3),
        "sentence": st.lists(WORDS, max_size=2),
        "justification": st.lists(WORDS, max_size=2),
        "change_reason": st.lists(WORDS, max_size=2),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=SENT)
def test_what_was_typed_is_read_as_the_form_reads_it(app: Flask, sent: dict[str, list[str]]) -> None:
    values = MultiDict(sent)
    with app.test_request_context(method="POST"):
        form = RatingForm(formdata=values)
        assert read_rating(values) == (form.to_command(), form.version.data or 0)


def test_the_page_of_both_versions_calls_the_fields_what_the_form_does(
    session: Session, client: FlaskClient, now: datetime
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    door, url = Door(client, session, now, scene.company.ids).enter("greta"), f"/cases/{case.id}/first-view"
    sent = {"criterion": "leadership", "value": "4", "justification": "Shown twice.", "version": "0"}
    assert door.post(url, data=sent).status_code == 303
    other = door.post(url, data={**sent, "value": "2", "justification": "Shown once."})
    assert other.status_code == 409
    assert [words.get_text(strip=True) for words in soup(other).select("main h2")] == ["Rating", "Why this rating?"]


def test_fields_show_what_is_stored_and_what_was_refused(session: Session, client: FlaskClient, now: datetime) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    door, url = Door(client, session, now, scene.company.ids).enter("greta"), f"/cases/{case.id}/first-view"
    page = f"{url}?criterion=leadership"
    sentence = str(soup(client.get(page)).select("#sentence option")[1]["value"])
    sent = {"criterion": "leadership", "value": "4", "justification": "A < b & c.", "version": "0"}
    assert _show(client.get(page)) == ([], "", "", "0")
    assert door.post(url, data={**sent, "sentence": sentence}).status_code == 303
    assert _show(client.get(page)) == (["4"], sentence, "A < b & c.", "1")
    words = "x" * (MAX_WORDS + 1)
    refused = door.post(url, data={**sent, "value": "0", "sentence": "none", "justification": words, "version": "1"})
    assert (refused.status_code, _show(refused)) == (422, (["0"], "", words, "1"))
    found = soup(refused)
    told = {name: found.select_one(f"#{name}") for name in ("sentence", "justification")}
    assert {name: (field["aria-describedby"], field["aria-invalid"]) for name, field in told.items() if field} == {
        name: (f"{name}-hint {name}-error", "true") for name in told
    }
    faults = [str(link["href"]) for link in found.select("[data-errors] a")]
    assert faults == ["#sentence", "#justification"]
    assert len(found.select("#sentence-error, #justification-error")) == len(faults)


def _show(answer: TestResponse) -> tuple[list[str], str, str, str]:
    """Return what the fields of a criterion show: rating, sentence, words, and the version they are written from."""
    found = soup(answer)
    chosen = found.select_one("#sentence option[selected]")
    words, version = found.select_one("#justification"), found.select_one("form[data-autosave] [name=version]")
    assert words is not None
    assert version is not None
    ratings = [str(each["value"]) for each in found.select("[name=value][checked]")]
    return ratings, str(chosen["value"]) if chosen else "", words.get_text()[1:], str(version["value"])


def test_the_page_calls_its_fields_what_the_form_does(
    app: Flask, session: Session, client: FlaskClient, now: datetime
) -> None:
    room = built_room(session, open_scene(session, now), now)
    door = Door(client, session, now, room.scene.company.ids).enter("greta")
    session.execute(sa.update(CaseToken).where(CaseToken.region == "rating").values(state="with_feedback"))
    session.commit()
    page = soup(door.get(f"/cases/{room.case_id}/rating"))
    labels = [page.select_one(f"label[for={name}]") for name in ("sentence", "justification", "change_reason")]
    shown = [words.get_text() for words in (page.select_one("#cites legend"), *labels) if words]
    with app.test_request_context():
        form = RatingForm(formdata=None)
        named = [form[name].label.text for name in ("cites", "sentence", "justification", "change_reason")]
    assert shown == [str(words) for words in named]
