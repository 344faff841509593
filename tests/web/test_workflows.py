"""The pages of workflows: list, one version, proposing with faults as one types, publishing, moving cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, Person, RoleGrant, WorkflowVersion
from review.services.transitions import fire
from review.services.workflows import propose_workflow, publish_workflow
from tests.conftest import Statements
from tests.domain.workflow_ways import SOURCES
from tests.factories import Scene, open_case_of
from tests.signed_in import NO_REASON, Door, faults

IC = SOURCES["ic.yaml"]
SECOND = IC.replace("version: 1\n", "version: 2\n").replace("title: Nominated", "title: Put forward")
Enter = Callable[[str], FlaskClient]


@pytest.fixture
def proposal(session: Session, scene: Scene, now: datetime) -> int:
    """Propose a second version as Hanna and return its number."""
    row = propose_workflow(session, SECOND, actor=scene.actor("hanna"), now=now)
    session.commit()
    return row.id


def published(session: Session, key: str = "ic") -> int:
    return session.scalars(sa.select(WorkflowVersion.id).where(WorkflowVersion.key == key)).one()


def soup(client: FlaskClient, path: str, status: int = 200) -> BeautifulSoup:
    response = client.get(path)
    assert response.status_code == status, response.text
    return BeautifulSoup(response.text, "html.parser")


def rows_of(page: BeautifulSoup, heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading; lines within a cell are joined by |."""
    section = page.select_one(f"section[aria-labelledby={heading}]")
    assert section is not None
    return [[cell.get_text("|", strip=True) for cell in row.select("th, td")] for row in section.select("tbody tr")]


def test_everybody_reads_published_versions(session: Session, enter: Enter) -> None:
    page = soup(enter("iris"), "/workflows")
    assert [h2.text for h2 in page.select("main h2")] == [
        "Promotion, individual contributor",
        "Promotion, people manager",
    ]
    assert page.select_one("main .btn-primary") is None
    assert "Running cases" not in page.text


def test_hr_of_a_new_company_begins_with_what_is_shipped(client: FlaskClient, session: Session, now: datetime) -> None:
    hanna = Person(external_id="h", name="Hanna", email="h@example.org", title="HR", password_hash="x")
    session.add(hanna)
    session.flush()
    session.add(RoleGrant(person_id=hanna.id, role="hr", granted_at=now))
    session.commit()
    hr = Door(client, session, now, {"hanna": hanna.id}).enter("hanna")
    ways = [("Promotion, individual contributor", "/workflows/propose?shipped=ic")]
    ways.append(("Promotion, people manager", "/workflows/propose?shipped=management"))
    for path in ("/workflows", "/workflows/propose"):
        offered = soup(hr, path).select("main a[href*='shipped=']")
        assert [(link.text, link["href"]) for link in offered] == ways
    page = soup(hr, "/workflows/propose?shipped=ic")
    area = page.select_one("textarea[name=source]")
    assert area is not None
    assert (area.text.strip(), page.select("main a[href*='shipped=']")) == (IC.strip(), [])
    assert hr.get("/workflows/propose?shipped=../policy").status_code == 404


def test_what_is_taken_over_already_is_not_offered_again(enter: Enter) -> None:
    assert soup(enter("hanna"), "/workflows").select("main a[href*='shipped=']") == []


def test_proposals_are_hidden_from_all_but_hr_and_auditors(enter: Enter, proposal: int) -> None:
    for path in (
        f"/workflows/{proposal}",
        f"/workflows/{proposal}/diagram.svg",
        f"/workflows/{proposal}/files/ic.yaml",
    ):
        hidden, missing = enter("iris").get(path), enter("iris").get(path.replace(str(proposal), "9999"))
        assert (hidden.status_code, hidden.data) == (missing.status_code, missing.data) == (404, missing.data)
        assert enter("abel").get(path).status_code == 200


def test_a_version_shows_diagram_actions_and_files(session: Session, enter: Enter) -> None:
    page = soup(enter("iris"), f"/workflows/{published(session, 'management')}")
    assert page.h1 is not None
    assert page.h1.text == "Promotion, people manager"
    assert len(page.select("svg.wf")) == 3
    headings = [h2.text for h2 in page.select("main h2")]
    assert headings == [
        "The way of a case",
        "Actions: The case",
        "Actions: Self-review",
        "Actions: Feedback",
        "Actions: Rating",
        "Actions: Second rating",
        "Actions: Leadership panel",
        "Actions: One feedback request",
        "Actions: One seat on the committee",
        "One feedback request",
        "One seat on the committee",
        "Files",
    ]
    rows = rows_of(page, "actions-1")
    assert [
        "Executive sign-off", "Sign off", "executive", "had no seat on the case", "Decided, not yet announced",
    ] in rows  # fmt: skip
    seal = next(row for row in rows if row[1] == "Seal packet")
    assert seal[2:] == [
        "HR and manager",
        (
            "Self-review submitted|Feedback complete|Rating in|Leadership panel scored|Second rating in / "
            "No second rating|3 answers of colleagues are in|3 answers of direct reports are in|2 functions are heard"
        ),
        "Packet sealed, committee reads",
    ]
    assert [a.text for a in page.select("section[aria-labelledby=files] a")][:2] == ["management.yaml", "ic.yaml"]


def test_files_come_as_they_were_written(session: Session, enter: Enter) -> None:
    number, client = published(session, "management"), enter("iris")
    for name in ("management.yaml", "ic.yaml"):
        response = client.get(f"/workflows/{number}/files/{name}")
        assert response.text == SOURCES[name]
        assert response.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert client.get(f"/workflows/{number}/files/policy.yaml").status_code == 404
    picture = client.get(f"/workflows/{number}/diagram.svg")
    assert picture.mimetype == "image/svg+xml"
    assert ElementTree.fromstring(picture.text).tag == "{http://www.w3.org/2000/svg}svg"
    assert client.get(f"/workflows/{number}/diagram.mmd").text.startswith("stateDiagram-v2\n")


@pytest.mark.parametrize("who", ["iris", "greta", "noor", "abel"])
def test_only_hr_proposes_checks_publishes_and_moves(enter: Enter, proposal: int, who: str) -> None:
    client = enter(who)
    assert client.get("/workflows/propose").status_code == 404
    for path in ("propose", "check", f"{proposal}/publish", f"{proposal}/discard", f"{proposal}/move/1"):
        assert client.post(f"/workflows/{path}", data={"source": SECOND}).status_code == 404


def test_the_form_begins_with_the_version_it_changes(session: Session, enter: Enter) -> None:
    page = soup(enter("hanna"), f"/workflows/propose?base={published(session)}")
    area = page.select_one("textarea")
    assert area is not None
    assert area.text.strip() == IC.strip()
    assert area["data-hx-post"] == "/workflows/check"


def test_faults_are_shown_with_their_lines_and_nothing_is_kept(session: Session, enter: Enter) -> None:
    broken = SECOND.replace("form: appeal\n", "form: apeal\n")
    line = broken[: broken.index("apeal\n")].count("\n") + 1
    response = enter("hanna").post("/workflows/propose", data={"source": broken.replace("\n", "\r\n")})
    page = BeautifulSoup(response.text, "html.parser")
    assert response.status_code == 422
    fault = page.select_one("[data-errors] li")
    assert fault is not None
    assert fault.get_text(" ", strip=True) == f'workflow.yaml:{line}:11: there is no form "apeal" Expected: "appeal"'
    area = page.select_one("textarea")
    assert area is not None
    assert "apeal" in area.text
    assert session.scalar(sa.select(sa.func.count()).select_from(WorkflowVersion)) == 2


@pytest.mark.parametrize(
    ("source", "told"),
    [("", "Nothing was given"), ("x" * 200_001, "The file is too long"), ("a: [", "this is not YAML")],
)
def test_what_is_no_file_is_told_too(enter: Enter, source: str, told: str) -> None:
    response = enter("hanna").post("/workflows/propose", data={"source": source})
    assert response.status_code == 422
    assert told in response.text


def test_faults_are_told_while_one_types(session: Session, enter: Enter) -> None:
    client = enter("hanna")
    fine = client.post("/workflows/check", data={"source": SECOND})
    assert "No fault" in fine.text
    broken = client.post("/workflows/check", data={"source": SECOND.replace("phase: voting", "phase: vote")})
    assert "“vote” cannot stand here" in broken.text.replace("&#34;vote&#34;", "“vote”")
    assert session.scalar(sa.select(sa.func.count()).select_from(WorkflowVersion)) == 2


def test_one_proposes_and_a_second_publishes(session: Session, enter: Enter) -> None:
    client = enter("hanna")
    response = client.post("/workflows/propose", data={"source": SECOND})
    assert response.status_code == 303
    page = soup(client, response.location)
    assert "You proposed it, so a second person must publish it" in page.text
    assert page.select("form[action$=publish]") == []
    assert client.post(f"{response.location}/publish").status_code == 403
    second = enter("hugo")
    page = soup(second, response.location)
    assert [button.text for button in page.select(".btn-primary")] == ["Publish version 2"]
    digest = page.select("form[action$=publish] input[name=digest]")[0]["value"]
    assert second.post(f"{response.location}/publish", data={"digest": digest}).status_code == 303
    page = soup(second, response.location)
    assert "It will never change" in page.text
    assert page.select("form[action$=publish]") == []


def test_a_proposal_that_was_replaced_after_it_was_read_is_not_published(session: Session, enter: Enter) -> None:
    address = enter("hanna").post("/workflows/propose", data={"source": SECOND}).location
    read = soup(enter("hugo"), address).select("form[action$=publish] input[name=digest]")[0]["value"]
    other = SECOND.replace("title: Put forward", "title: Named")
    assert other != SECOND
    assert enter("hanna").post("/workflows/propose", data={"source": other}).location == address
    answer = enter("hugo").post(f"{address}/publish", data={"digest": read})
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == 422
    assert page.select("[data-errors] li")[0].get_text(" ", strip=True) == (
        "ic.yaml: This proposal was replaced after you opened it; nothing is published "
        "Expected: a look at the one below, which is there now"
    )
    assert session.scalar(sa.select(WorkflowVersion.published_at).where(WorkflowVersion.version == 2)) is None
    now_there = page.select("form[action$=publish] input[name=digest]")[0]["value"]
    assert enter("hugo").post(f"{address}/publish", data={"digest": now_there}).status_code == 303


def test_what_changed_is_shown(enter: Enter, proposal: int) -> None:
    page = soup(enter("hugo"), f"/workflows/{proposal}")
    assert page.select("#differences")[0].text == "What changed since version 1"
    assert rows_of(page, "differences") == [
        ["states.nominated.title", "Changed", "Nominated", "Put forward"],
        ["version", "Changed", "1", "2"],
    ]


def test_a_proposal_can_be_discarded(session: Session, enter: Enter, proposal: int) -> None:
    refused = enter("hugo").post(f"/workflows/{proposal}/discard", data={"why": " "})
    assert (refused.status_code, faults(refused)) == (422, [NO_REASON])
    assert enter("hugo").post(f"/workflows/{proposal}/discard", data={"why": "Too long"}).status_code == 303
    assert session.get(WorkflowVersion, proposal) is None


@pytest.fixture
def live(session: Session, scene: Scene, now: datetime) -> int:
    """Open a case under version 1 and publish a version 2 in which its state has another name; return version 2."""
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    source = IC.replace("version: 1\n", "version: 2\n").replace("\n  collecting:", "\n  building:")
    for before, after in (
        ("to: collecting\n", "to: building\n"),
        ("from: [collecting]\n", "from: [building]\n"),
        ("[nominated, collecting,", "[nominated, building,"),
        ("{states: [collecting]}", "{states: [building]}"),
    ):
        source = source.replace(before, after)
    row = propose_workflow(session, source, actor=scene.actor("hanna"), now=now)
    publish_workflow(session, row.id, actor=scene.actor("hugo"), now=now)
    session.commit()
    return row.id


def test_running_cases_are_tried_and_moved(session: Session, enter: Enter, live: int) -> None:
    client, old = enter("hanna"), session.scalars(sa.select(Case.workflow_version_id)).one()
    page = soup(client, f"/workflows/{live}")
    runs = page.select_one("#runs")
    assert runs is not None
    assert "not before each step has a target" in page.text
    page = soup(client, f"/workflows/{live}/move/{old}")
    empty = page.select_one("select[name='to-main.collecting'] option[value='']")
    assert empty is not None
    tokens = [field["value"] for field in page.select("input[name=token]")]
    data = {"token": tokens, **{f"to-{token}": "" for token in tokens}}
    refused = client.post(f"/workflows/{live}/move/{old}", data=data)
    assert refused.status_code == 422
    assert "which the new version does not have" in refused.text
    data["to-main.collecting"] = "building"
    assert client.post(f"/workflows/{live}/move/{old}", data=data).status_code == 303
    session.expire_all()
    assert session.scalars(sa.select(Case.state)).one() == "building"
    assert "No case follows version 1 any more" in soup(client, f"/workflows/{live}/move/{old}").text


def test_a_version_that_is_not_there(enter: Enter) -> None:
    client = enter("hanna")
    for path in ("9999", "9999/diagram.svg", "9999/move/1", "1/move/9999"):
        assert client.get(f"/workflows/{path}").status_code == 404
    assert client.post("/workflows/9999/publish").status_code == 404


def test_the_list_takes_the_same_statements_for_any_number(
    session: Session, scene: Scene, enter: Enter, statements: Statements, now: datetime
) -> None:
    client = enter("hanna")
    client.get("/workflows")
    counts = []
    for number in (2, 3):
        with statements() as issued:
            client.get("/workflows")
        counts.append(len(issued))
        row = propose_workflow(
            session, IC.replace("version: 1\n", f"version: {number}\n"), actor=scene.actor("hanna"), now=now
        )
        publish_workflow(session, row.id, actor=scene.actor("hugo"), now=now)
        session.commit()
    assert counts[0] == counts[1]
