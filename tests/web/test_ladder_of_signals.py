"""A ladder whose cells have signals and no summary: each page that shows what a level asks shows these."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import LadderVersion, Letter
from review.queries.pinned import load_ladder
from tests.after_decision import come_in, decide
from tests.committee_room import Room, built_room
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import listed

SUMMARY = re.compile(r"^        summary: .*\n", re.MULTILINE)
ASKED = ".ladder-2 > div"


@pytest.fixture
def bare(session: Session, now: datetime) -> Scene:
    """Open a scene on the shipped ladder without the summaries of its cells."""
    scene = open_scene(session, now)
    version = session.scalars(sa.select(LadderVersion)).one()
    version.source = SUMMARY.sub("", version.source)
    version.digest = hashlib.sha256(version.source.encode()).hexdigest()
    session.commit()
    session.info.clear()
    return scene


def asked_at(session: Session, level_id: str) -> list[str]:
    """Return the signals of a level, criterion by criterion, as one text each."""
    ladder = load_ladder(session, session.scalars(sa.select(LadderVersion.id)).one())
    cells = [ladder.expectation(each.id, level_id) for each in ladder.rated_criteria(level_id)]
    assert [cell.summary for cell in cells] == [""] * len(cells)
    return [" ".join(signal.text for signal in (*cell.base, *cell.signals)) for cell in cells]


def pairs(start: tuple[str, list[str]], target: tuple[str, list[str]]) -> list[str]:
    """Return what stands side by side: the words above a column, then what the level asks, criterion by criterion."""
    columns = [[f"{words} {text}" for text in asked] for words, asked in (start, target)]
    return [text for pair in zip(*columns, strict=True) for text in pair]


def test_case_and_packet(session: Session, now: datetime, client: FlaskClient, bare: Scene) -> None:
    room = built_room(session, bare, now)
    room.fire("seal", "hanna")
    session.commit()
    case, now_asked, then_asked = (
        f"/cases/{room.case_id}",
        asked_at(session, "senior-pm"),
        asked_at(session, "staff-pm"),
    )
    page = come_in(client, room, "iris").get(case)
    assert listed(page, ASKED) == pairs(
        ("IC3 what your level asks", now_asked), ("IC4 what the target asks", then_asked)
    )
    assert listed(client.get(f"{case}/packet"), ASKED) == pairs(
        ("IC3 Senior PM asks now", now_asked), ("IC4 Staff PM the target asks", then_asked)
    )


def test_panel_and_self_review(session: Session, now: datetime, client: FlaskClient, bare: Scene) -> None:
    case = open_case_of(session, bare, "greta", "director-pm", now)
    room = Room(session, bare, case.id, now)
    room.fire("confirm_eligible", "hanna")
    session.commit()
    url, now_asked = f"/cases/{room.case_id}", asked_at(session, "group-pm")
    form = {"people": [room.scene.id(key) for key in ("clara", "petra")], "meets_at": "2026-12-01T14:00"}
    come_in(client, room, "hanna").post(f"{url}/panel/schedule", data=form)
    panel = come_in(client, room, "clara").get(f"{url}/panel")
    assert listed(panel, ASKED) == pairs(
        ("M4 Group PM asks now", now_asked),
        ("M5 Director of Product the target asks", asked_at(session, "director-pm")),
    )
    writing = come_in(client, room, "greta").get(f"{url}/self-review/hard-skills")
    assert (listed(writing, f"{ASKED}:first-child > p"), listed(writing, f"{ASKED} details")) == (
        ["M4 Group PM what your level asks"],
        [],
    )
    assert listed(writing, f"{ASKED}:first-child > ul")[0].startswith(now_asked[0])


def test_ballot(session: Session, now: datetime, client: FlaskClient, bare: Scene) -> None:
    room = built_room(session, bare, now)
    room.fire("seal", "hanna")
    room.open_voting()
    session.commit()
    page = come_in(client, room, "aya").get(f"/cases/{room.case_id}/ballot")
    assert listed(page, "section details[open] ul") == asked_at(session, "staff-pm")


def test_calibration(session: Session, now: datetime, client: FlaskClient, bare: Scene) -> None:
    room = built_room(session, bare, now)
    room.fire("seal", "hanna")
    session.commit()
    page = come_in(client, room, "hanna").get(f"/committee/compare?case={room.case_id}")
    assert listed(page, ".card-x > .body > .mb-2") == [f"IC4 {asked}" for asked in asked_at(session, "staff-pm")]


def test_letter(session: Session, now: datetime, client: FlaskClient, bare: Scene) -> None:
    room = built_room(session, bare, now)
    room.fire("seal", "hanna")
    decide(room, "decide_promote")
    names, asked = ("Hard skills", "Cross-functionality", "Leadership", "Accountability"), asked_at(session, "staff-pm")
    page = come_in(client, room, "hanna").get(f"/cases/{room.case_id}/letter")
    rows = [f"{name} {words} nothing named" for name, words in zip(names, asked, strict=True)]
    assert listed(page, "[aria-labelledby=record] tbody tr") == rows
    assert client.post(f"/cases/{room.case_id}/letter/draft", data={"version": 0}).status_code == 303
    letter = session.scalars(sa.select(Letter.body)).one()
    told = [line for line in letter.splitlines() if line.startswith("- **")]
    assert told == [f"- **{name}:** {words}" for name, words in zip(names, asked, strict=True)]
