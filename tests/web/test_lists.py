"""Lists taken along from web/list_sheets.py: what the page shows, for whom it is open; and no list without it."""

from __future__ import annotations

import io
import re
from datetime import date, datetime

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.config import ROOT
from review.models import EmergencyAccess, Erasure, LadderVersion, Message, PeopleImport, Person, SubjectRequest
from review.web.list_sheets import LISTS
from review.web.privacy_words import KIND_WORDS
from tests.conftest import Statements
from tests.factories import Scene, open_scene
from tests.signed_in import Door, soup

PAGES = {
    "cycles": "/cycles",
    "committees/1": "/cycles/1/committees",
    "nominations/1": "/cycles/1/nominate-all",
    "messages": "/messages",
    "sign-ins": "/preferences/sign-ins",
    "roles": "/people/roles",
    "people-files": "/people/import",
    "retention": "/retention",
    "erasures": "/erasures",
    "data-requests": "/data-requests",
    "emergency": "/emergency",
    "ladders": "/ladders",
    "workflows": "/workflows",
}
"""Each list and the page that it stands on."""
LINES = {
    "cycles": ["Code,Name,State,From,To", "2026A,Autumn 2026,Open,2026-11-20,2027-02-01"],
    "committees/1": [
        "Committee,Member,Function,Role",
        "Committee A,Clara Boateng,Engineering,Chair",
        "Committee A,Omar Haddad,Design,Deputy",
    ],
    "nominations/1": ["Person,Function,From,To", "Ben Ito,Product,PM 2,Senior PM"],
    "messages": ["When,About", "2026-11-16 09:00,Your feedback is asked for"],
    "roles": ["Role,Name,Title,Given,Given by", "the appeals panel,Petra Klein,Head of Finance,2020-01-06 08:00,"],
    "people-files": ["File,Asked for,Asked for by", "'=people.csv,2026-11-16 09:00,Hanna Ruiz"],
    "erasures": [
        "Who,Reason,Proposed,Proposed by,Approved by,Done,Withdrawn",
        "Xenia Rolf,Asked for it,2026-11-16 09:00,Hanna Ruiz,,,",
    ],
    "data-requests": ["Who,Asked,Due,Handed out", "Otto Nagy,2026-11-16 09:00,2026-12-16,"],
    "emergency": [
        "Case,Asked by,Reason,Asked,State,Answered by,Until",
        "2026A-001,Hanna Ruiz,Nobody else is here,2026-11-16 09:00,waits for an answer,,",
    ],
}
"""The header and the first rows of what Hanna, an HR partner, takes along."""


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return a cycle, and something on each of the lists."""
    scene = open_scene(session, now)
    hanna, otto = scene.id("hanna"), scene.id("otto")
    session.add_all(
        [
            Erasure(person_id=scene.id("xenia"), reason="Asked for it", proposed_by_id=hanna, proposed_at=now),
            SubjectRequest(
                person_id=otto, asked_by_id=otto, asked_at=now, due_on=date(2026, 12, 16), state="gathering"
            ),
            EmergencyAccess(person_id=hanna, code="2026A-001", reason="Nobody else is here", asked_at=now),
            PeopleImport(digest="d", name="=people.csv", reading={}, fingerprint="f", asked_by_id=hanna, asked_at=now),
            _message(scene, now, 1),
        ]
    )
    session.commit()
    return scene


def _message(scene: Scene, now: datetime, number: int) -> Message:
    at = {"created_at": now, "due_at": now, "sent_at": now}
    return Message(key=f"m{number}", to_person_id=scene.id("hanna"), template="notify_giver", params={}, **at)


def read(client: FlaskClient, name: str) -> list[str]:
    answer = client.get(f"/lists/{name}.csv")
    assert answer.status_code == 200
    return answer.text.lstrip("\ufeff").splitlines()


def test_every_list_has_its_page() -> None:
    assert {name.partition("/")[0] for name in PAGES} == set(LISTS)


def test_each_list_holds_what_its_page_shows_and_is_offered_there(door: Door) -> None:
    client = door.enter("hanna")
    found = {name: read(client, name)[: len(lines)] for name, lines in LINES.items()}
    assert found == LINES
    offered = {}
    for name, page in PAGES.items():
        links = [str(link["href"]) for link in soup(client.get(page)).select("a[href^='/lists/']")]
        offered[name] = links
    assert offered == {name: [f"/lists/{name}.csv", f"/lists/{name}.xlsx"] for name in PAGES}


def test_versions_and_kinds_stand_in_their_lists(door: Door, session: Session) -> None:
    client = door.enter("hanna")
    digest = session.scalars(sa.select(LadderVersion.digest)).one()
    assert read(client, "ladders")[1:] == [f"Product management,2026.1,2020-01-06 08:00,,{digest}"]
    kinds = [line.split(",")[0] for line in read(client, "retention")[1:]]
    assert kinds == [str(words) for words in KIND_WORDS.values()]
    assert len(read(client, "workflows")) == 3
    assert read(client, "sign-ins")[1].endswith(",yes")


def test_a_workbook_says_what_it_is(door: Door) -> None:
    answer = door.enter("hanna").get("/lists/people-files.xlsx")
    page, about = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    assert [row[0] for row in page.values] == ["File", "=people.csv"]
    assert next(iter(about.values)) == ("List", "People files taken in lately")


def test_a_list_is_open_to_whom_its_page_is_open_to(door: Door) -> None:
    seen = {}
    for key in ("hanna", "abel", "ines", "otto"):
        client = door.enter(key)
        lists = {name: client.get(f"/lists/{name}.csv").status_code for name in PAGES}
        pages = {name: client.get(page).status_code for name, page in PAGES.items()}
        assert lists == pages
        seen[key] = sorted(name for name, status in lists.items() if status == 200)
    everybody = ["cycles", "ladders", "messages", "sign-ins", "workflows"]
    assert seen == {
        "hanna": sorted(PAGES),
        "abel": sorted([*everybody, "roles"]),
        "ines": sorted([*everybody, "roles", "people-files", "emergency"]),
        "otto": everybody,
    }
    assert read(door.enter("otto"), "messages") == ["When,About"]
    assert door.enter("hanna").get("/lists/committees/99.csv").status_code == 404


def test_more_rows_take_no_more_statements(
    door: Door, session: Session, scene: Scene, statements: Statements, now: datetime
) -> None:
    client, counted = door.enter("hanna"), []
    for number in (100, 200):
        session.add_all(_message(scene, now, number + at) for at in range(60))
        session.add_all(Person(external_id=f"z{number + at}", name=f"Zoe {at}") for at in range(30))
        session.add_all(
            SubjectRequest(
                person_id=scene.id("otto"), asked_by_id=1, asked_at=now, due_on=date(2026, 12, 1), state="removed"
            )
            for _ in range(30)
        )
        session.commit()
        issued = []
        for name in PAGES:
            with statements() as each:
                rows = len(read(client, name))
            issued.append(len(each))
            if name == "messages":
                assert rows == 2 + 60 * (number // 100)
        counted.append(issued)
    assert counted[0] == counted[1]


WITHOUT = {
    "privacy/bundle.html": "is taken along as a whole, beside the same as data",
    "audit/list.html": "the whole record is taken along on its own page",
    "calibration/grid.html": "has its table",
    "committees/_cases.html": "a choice beside its buttons; the cases are in the list of the cycle",
    "committees/reading.html": "what one has to read; the packets themselves are taken along as a book",
    "cycles/detail.html": "who said not now, beside the list of cases",
    "cycles/set_up/calendar.html": "a form",
    "cycles/set_up/committees.html": "a step of the set-up",
    "cycles/set_up/eligibility.html": "has its table",
    "cycles/set_up/letters.html": "a form",
    "cycles/step.html": "a choice; its result is taken along",
    "feedback/asked.html": "what one is asked, beside its forms",
    "insight/_table.html": "each table is a CSV of its own",
    "insight/page.html": "each table is a CSV of its own",
    "integrations/board.html": "a few tokens and hooks beside their buttons",
    "integrations/hook.html": "has its table",
    "past_cases/look.html": "what a file would do, which is taken along as the file",
    "people/detail.html": "one person; they take all of it along on My data",
    "people/preview.html": "what a file would do, which is taken along as the file",
    "team/list.html": "one's own reports beside their cases",
}
"""Pages with a table of rows that are not taken along from there, each with the reason."""
ROOMS = (
    "audit", "calibration", "chasing", "committees", "cycles", "delegations", "emergency", "feedback", "inbox",
    "insight", "integrations", "past_cases", "people", "preferences", "printing", "privacy", "team",
)  # fmt: skip
"""Where lists are; ladders, workflows, cases, votes and letters are texts and forms, and are taken along as such."""
ROWS = re.compile(r"<tbody[^>]*>\s*(?:\{%[^%]*%\}\s*)*(?:\{% for |\{\{ )")
"""Rows that the page goes through, or that are written for it."""


def test_each_page_with_rows_can_be_taken_along_or_says_why_not() -> None:
    pages = ROOT / "templates"
    found = {
        path.relative_to(pages).as_posix(): path.read_text(encoding="utf-8")
        for room in ROOMS
        for path in sorted((pages / room).rglob("*.html"))
        if path.name != "report.html"
    }
    bare = {name for name, source in found.items() if ROWS.search(source) and "ui.take" not in source}
    assert bare == WITHOUT.keys()
