"""The pages of a ladder's draft: begun, written in forms and as text, proposed, published by a second person."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import LadderDraft, LadderVersion
from review.queries.ladder_drafts import parse_draft
from review.services.ladders import publish_ladder
from review.services.ladders_drafts import begin_draft
from review.services.ladders_proposals import propose_draft
from tests.personas import Company
from tests.signed_in import Door

SMALL = """\
format: ladder/1
id: bakers
name: Bakers
version: "1"
tracks:
  - {id: craft, name: Craft}
levels:
  - {id: one, name: One, code: B1, track: craft, grade: 1}
  - {id: two, name: Two, code: B2, track: craft, grade: 2}
  - {id: three, name: Three, code: B3, track: craft, grade: 3}
criteria:
  - id: care
    name: Care
    at:
      one: {summary: Listens., signals: [{id: ear, text: Asks twice before baking}], x: {note: kept}}
      two: {same_as: one, plus: [{id: more, text: Teaches others to ask}]}
      three: Acts.
  - id: dough
    name: Dough
    at:
      one: {summary: Kneads., measures: [{id: loaves, name: Loaves a day, op: ">=", value: 40, unit: pieces}]}
x: {owner: people}
"""
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def sign_in(client: FlaskClient, session: Session, company: Company, now: datetime) -> SignIn:
    """Return a function that signs one of the cast in."""
    return Door(client, session, now, company.ids).enter


@pytest.fixture
def draft(session: Session, company: Company, now: datetime) -> LadderDraft:
    """Publish a small ladder and begin a draft of its next version."""
    base = publish_ladder(session, SMALL, file="f", actor=company.actor("hanna"), now=now)
    row = begin_draft(session, base.source, becomes="2", base_id=base.id, actor=company.actor("hanna"), now=now)
    session.commit()
    return row


def read(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.data, "html.parser")


def words(tag: Tag | None) -> str:
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def fields(page: BeautifulSoup, action: str) -> dict[str, str]:
    """Return what a form would send, as a browser reads it."""
    form = page.select_one(f'form[action="{action}"]')
    assert form is not None
    found = {str(each["name"]): str(each.get("value", "")) for each in form.select("input:not([type=checkbox])")}
    found |= {str(box["name"]): "y" for box in form.select("input[type=checkbox][checked]")}
    found |= {
        str(area["name"]): area.get_text().removeprefix("\r\n").removeprefix("\n") for area in form.select("textarea")
    }
    for select in form.select("select"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        found[str(select["name"])] = str(chosen["value"]) if chosen else ""
    del found["csrf_token"]  # the client sends its own
    return found


def source_of(session: Session, draft: LadderDraft) -> str:
    session.expire_all()
    return session.scalars(sa.select(LadderDraft.source).where(LadderDraft.id == draft.id)).one()


def cell_of(draft: LadderDraft, criterion: str, level: str) -> str:
    return f"/ladders/drafts/{draft.id}/cells/{criterion}/{level}"


def test_a_form_sent_as_it_came_changes_nothing(sign_in: SignIn, session: Session, draft: LadderDraft) -> None:
    before, client = source_of(session, draft), sign_in("hugo")
    cells = [f"cells/care/{level}" for level in ("one", "two", "three")]
    for place in (*cells, "cells/dough/one", "cells/dough/two", "levels/one", "criteria/care", "head", "text"):
        path = f"/ladders/drafts/{draft.id}/{place}"
        answer = client.post(path, data=fields(read(client.get(path)), path))
        assert (place, answer.status_code, source_of(session, draft), draft.version) == (place, 303, before, 1)


def test_a_form_pressed_twice_begins_one_draft(sign_in: SignIn, session: Session, draft: LadderDraft) -> None:
    """Other words in the form, or another form, are another draft."""
    client = sign_in("hanna")
    keys = [read(client.get("/ladders/drafts/new")).select_one("main input[name=request_key]") for _ in range(2)]
    first, second = (str(key["value"]) for key in keys if key is not None)
    tries = [("3", first), ("3", first), ("4", first), ("3", second)]
    places = [
        client.post(
            "/ladders/drafts/new", data={"source": f"version-{draft.base_id}", "becomes": to, "request_key": key}
        )
        for to, key in tries
    ]
    began = [int(str(answer.location).rpartition("/")[2]) - draft.id for answer in places]
    assert began == [1, 1, 2, 3]


def test_a_draft_begins_with_a_version_a_shipped_file_or_a_file(
    sign_in: SignIn, session: Session, draft: LadderDraft
) -> None:
    client = sign_in("hanna")
    page = read(client.get("/ladders/drafts/new"))
    assert [option["value"] for option in page.select("#source option")] == [
        f"version-{draft.base_id}",
        "shipped-product-management",
        "shipped-software-engineering",
        "file",
    ]
    ways: dict[str, dict[str, object]] = {
        "version": {"source": f"version-{draft.base_id}", "becomes": "3"},
        "shipped": {"source": "shipped-software-engineering", "becomes": ""},
        "file": {"source": "file", "becomes": "4", "file": (io.BytesIO(SMALL.encode()), "ladder.yaml")},
    }
    for data in ways.values():
        answer = client.post("/ladders/drafts/new", data=data, content_type="multipart/form-data")
        assert answer.status_code == 303
    rows = session.execute(
        sa.select(LadderDraft.key, LadderDraft.becomes, LadderDraft.base_id).order_by(LadderDraft.id)
    )
    assert [tuple(row) for row in rows] == [
        ("bakers", "2", draft.base_id),
        ("bakers", "3", draft.base_id),
        ("software-engineering", "2026.1", None),
        ("bakers", "4", None),
    ]
    assert client.post("/ladders/drafts/new", data={"source": "version-999", "becomes": "9"}).status_code == 404


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"format: ladder/1\n\tid: x\n", ["ladder.yaml:2:1: a tab in the indentation Expected: spaces"]),
        (b"\xff\xfe", ["ladder.yaml: The file is not text in UTF-8 Expected: UTF-8"]),
        (b"- a\n" * 125_001, ["The file is too long Expected: at most 500000 characters"]),
        (None, ["No file was chosen Expected: a YAML file in the format ladder/1"]),
        (SMALL.encode(), ["version: version 1 is published and never changes Expected: another version"]),
    ],
)
def test_what_cannot_begin_a_draft_is_told(
    sign_in: SignIn, session: Session, draft: LadderDraft, content: bytes | None, told: list[str]
) -> None:
    data = {} if content is None else {"file": (io.BytesIO(content), "ladder.yaml")}
    answer = sign_in("hanna").post("/ladders/drafts/new", data=data, content_type="multipart/form-data")
    assert (answer.status_code, [words(each) for each in read(answer).select("[data-errors] li")]) == (422, told)
    assert len(session.scalars(sa.select(LadderDraft)).all()) == 1


def test_every_cell_has_its_way_and_changed_ones_are_marked(sign_in: SignIn, draft: LadderDraft) -> None:
    client = sign_in("hanna")
    path = cell_of(draft, "care", "three")
    answer = client.post(path, data={"says": "words", "summary": "Acts at once.", "version": "1", "then": "next"})
    assert (answer.status_code, answer.headers["Location"]) == (303, cell_of(draft, "dough", "one"))
    page = read(client.get(f"/ladders/drafts/{draft.id}"))
    assert [link["href"] for link in page.select("td[data-item] > p a")] == [
        cell_of(draft, criterion, level) for criterion in ("care", "dough") for level in ("one", "two", "three")
    ]
    marked = [words(cell.select_one("p a")) for cell in page.select("td[data-item]") if cell.select_one(".tag.warn")]
    assert marked == ["Change"]
    assert [cell["data-l"] for cell in page.select("td[data-item]") if cell.select_one(".tag.warn")] == ["B3 Three"]
    assert [words(button) for button in page.select("main .btn-primary")] == ["Propose version 2"]
    changes = read(client.get(f"/ladders/drafts/{draft.id}/changes"))
    assert [words(row) for row in changes.select("tbody tr")] == [
        "Expectation: Care, Three Changed Acts. Acts at once."
    ]


def test_a_cell_says_what_comes_before_and_after_and_goes_back(
    sign_in: SignIn, session: Session, draft: LadderDraft
) -> None:
    client, path, before = sign_in("hanna"), cell_of(draft, "dough", "one"), source_of(session, draft)
    client.post(path, data={"says": "blank", "version": "1"})
    assert source_of(session, draft) != before
    page = read(client.get(path))
    assert [words(page.select_one("a[rel=prev]")), words(page.select_one("main .btn-primary"))] == [
        "Back to Care, Three",
        "Save, then Dough, Two",
    ]
    assert words(page.select_one("section[aria-labelledby=published] .kept-lines")) == "Kneads."
    answer = client.post(f"{path}/restore")
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert source_of(session, draft) == before


def test_autosave_answers_with_the_version_to_go_on_from(sign_in: SignIn, draft: LadderDraft) -> None:
    client, path = sign_in("hanna"), cell_of(draft, "care", "three")
    data = {"says": "words", "summary": "Acts at once.", "version": "1"}
    assert client.post(path, data=data, headers={"X-Autosave": "1"}).json["version"] == 2  # type: ignore[index]


def test_the_second_on_one_cell_sees_both_texts_and_loses_none(
    sign_in: SignIn, session: Session, draft: LadderDraft
) -> None:
    path = cell_of(draft, "care", "three")
    sign_in("hanna").post(path, data={"says": "words", "summary": "Acts at once.", "version": "1"})
    client = sign_in("hugo")
    answer = client.post(path, data={"says": "words", "summary": "Acts late.", "measures": "Days < 3", "version": "1"})
    page = read(answer)
    assert answer.status_code == 409
    assert [words(head) for head in page.select("main section h2")] == ["Summary", "Measures"]
    assert "Hanna Ruiz saved this while you were writing." in words(page.select_one("[data-errors]"))
    sent = fields(page, path)
    assert (sent["summary"], sent["measures"], sent["version"]) == ("Acts late.", "Days < 3", "2")
    assert client.post(path, data=sent).status_code == 303
    assert "summary: Acts late." in source_of(session, draft)


def test_the_whole_ladder_is_checked_while_one_writes(sign_in: SignIn, session: Session, draft: LadderDraft) -> None:
    client, before = sign_in("hanna"), source_of(session, draft)
    data = {"says": "same", "same_as": "two", "version": "1"}
    for headers in ({"HX-Request": "true"}, {}):
        answer = client.post(f"{cell_of(draft, 'care', 'one')}/check", data=data, headers=headers)
        assert [words(each) for each in read(answer).select(".note.bad li")] == [
            f"Care, {level}: cells repeat each other in a circle: {way} Expected: a cell with words of its own"
            for level, way in (("One", "one → two → one"), ("Two", "two → one → two"))
        ]
        fine = client.post(f"{cell_of(draft, 'care', 'three')}/check", data=data, headers=headers)
        assert words(read(fine).select_one(".note.ok")) == "No fault in the whole ladder."
    assert client.post(cell_of(draft, "care", "one"), data=data).status_code == 422
    wrong = client.post(
        f"/ladders/drafts/{draft.id}/text/check", data={"source": SMALL.replace("grade: 2", "grade: x")}
    )
    assert words(read(wrong).select_one(".note.bad li")).startswith('ladder.yaml:9:57: "x" cannot stand here')
    assert source_of(session, draft) == before


def test_levels_and_criteria_are_added_ordered_and_ended(sign_in: SignIn, session: Session, draft: LadderDraft) -> None:
    client, path = sign_in("hanna"), f"/ladders/drafts/{draft.id}"

    def post(place: str, **data: object) -> int:
        session.expire_all()
        return client.post(f"{path}/{place}", data={"version": str(draft.version), **data}).status_code

    assert post("add-level", name="Four", grade="4", track="craft", after="three") == 303
    assert post("add-criterion", name="Oven", category="") == 303
    assert post("levels/three/later") == 422  # its grade is below that of the one it would follow
    assert post("levels/four", name="Four", grade="3", track="craft", code="B4") == 303
    assert post("levels/three/later") == 303
    assert post("criteria/oven/earlier") == 303
    assert post("moves", **{"from": ["one"], "to": ["three"], "kind": ["promotion"]}) == 303
    assert post("head", name="Bakers", becomes="2.1", description="") == 303
    assert post("levels/two/end") == 303
    ladder = parse_draft(source_of(session, draft))
    assert [level.id for level in ladder.levels] == ["one", "four", "three"]
    assert [criterion.id for criterion in ladder.criteria] == ["care", "oven", "dough"]
    assert (ladder.level("four").code, ladder.version) == ("B4", "2.1")
    assert {move.to_level for move in ladder.moves_from("one")} == {"four", "three"}


def test_what_would_break_the_ladder_is_refused_with_its_places(
    sign_in: SignIn, session: Session, draft: LadderDraft
) -> None:
    client, before = sign_in("hanna"), source_of(session, draft)
    answer = client.post(f"/ladders/drafts/{draft.id}/levels/one/end", data={"version": "1"})
    assert (answer.status_code, [words(each) for each in read(answer).select("[data-errors] li")]) == (
        422,
        ['Care, Two: same_as names "one", which does not exist Expected: one of: two, three'],
    )
    assert source_of(session, draft) == before


def test_a_second_person_publishes_and_everybody_reads(
    sign_in: SignIn, session: Session, draft: LadderDraft, company: Company
) -> None:
    path = f"/ladders/drafts/{draft.id}"
    client = sign_in("hanna")
    client.post(cell_of(draft, "care", "three"), data={"says": "words", "summary": "Acts at once.", "version": "1"})
    source_of(session, draft)
    digest = {"digest": draft.digest}
    assert client.post(f"{path}/propose", data=digest).status_code == 303
    own = read(client.get(path))
    assert (own.select("main .btn-primary"), own.select("td[data-item] > p a")) == ([], [])
    assert client.post(f"{path}/publish", data=digest).status_code == 403
    client = sign_in("hugo")
    assert "waits for a second person" in words(
        read(client.get("/ladders")).select_one("section[aria-labelledby=drafts]")
    )
    assert client.post(f"{path}/discard", data={"why": ""}).status_code == 422
    assert client.post(f"{path}/publish", data={"digest": "another"}).status_code == 422
    answer = client.post(f"{path}/publish", data=digest)
    version = session.scalars(sa.select(LadderVersion).where(LadderVersion.version == "2")).one()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/ladders/{version.id}")
    assert "Acts at once." in words(read(sign_in("ben").get(f"/ladders/{version.id}?show=all")).main)


def test_a_discarded_proposal_shows_the_reason_to_who_wrote_it(
    sign_in: SignIn, session: Session, draft: LadderDraft, company: Company, now: datetime
) -> None:
    path = f"/ladders/drafts/{draft.id}"
    sign_in("hanna").post(cell_of(draft, "care", "three"), data={"says": "blank", "version": "1"})
    source_of(session, draft)
    propose_draft(session, draft.id, digest=draft.digest, actor=company.actor("hanna"), now=now)
    session.commit()
    assert sign_in("hugo").post(f"{path}/discard", data={"why": "Too <b>vague</b>"}).status_code == 303
    client = sign_in("hanna")
    note = read(client.get(path)).select_one(".note.warn")
    assert words(note) == "The proposal was taken away Hugo Brandt: Too <b>vague</b>"
    assert client.post(f"{path}/drop").status_code == 303
    assert client.get(path).status_code == 404


def test_nobody_but_hr_finds_a_draft(sign_in: SignIn, draft: LadderDraft) -> None:
    client, path = sign_in("vera"), f"/ladders/drafts/{draft.id}"
    places = ["", "/changes", "/ladder.yaml", "/head", "/moves", "/text", "/levels/one", "/criteria/care", "/add-level"]
    assert {client.get(path + place).status_code for place in [*places, "/cells/care/one"]} == {404}
    assert "Drafts and proposals" not in client.get("/ladders").text


def test_the_draft_is_downloaded_as_it_is(sign_in: SignIn, session: Session, draft: LadderDraft) -> None:
    answer = sign_in("hanna").get(f"/ladders/drafts/{draft.id}/ladder.yaml")
    assert answer.get_data(as_text=True) == source_of(session, draft)
    assert answer.headers["Content-Disposition"] == "attachment; filename=bakers-2-draft.yaml"
