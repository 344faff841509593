"""Drafts of workflows: the form over the file, faults at their fields, what would change, two editors, proposing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import WorkflowDraft, WorkflowVersion
from tests.domain.workflow_ways import SOURCES

IC = SOURCES["ic.yaml"]
SECOND = IC.replace("version: 1\n", "version: 2\n")
Enter = Callable[[str], FlaskClient]


def base_of(session: Session, key: str = "ic") -> int:
    return session.scalars(sa.select(WorkflowVersion.id).where(WorkflowVersion.key == key)).one()


@pytest.fixture
def draft(session: Session, enter: Enter) -> str:
    """Begin a draft from version 1 as Hanna, with the next number, and return its address."""
    address = enter("hanna").post("/workflows/drafts", data={"base": base_of(session)}).location
    return str(address)


def soup(client: FlaskClient, path: str, status: int = 200) -> BeautifulSoup:
    response = client.get(path)
    assert response.status_code == status, response.text
    return BeautifulSoup(response.text, "html.parser")


def sent_from(page: BeautifulSoup) -> dict[str, object]:
    """Return what a browser would send of the form on a page."""
    form, sent = page.select("form#editor")[0], {}
    for field in form.select("input[name]"):
        if field.get("type") != "checkbox" or field.has_attr("checked"):
            sent.setdefault(field["name"], []).append(field.get("value", ""))
    for field in form.select("select[name]"):
        chosen = field.select("option[selected]") or field.select("option")
        sent[field["name"]] = [chosen[0]["value"]]
    sent["source"] = [form.select("textarea")[0].text.removeprefix("\n")]
    return sent


def source_of(session: Session) -> str:
    session.expire_all()
    return session.scalars(sa.select(WorkflowDraft.source)).one()


def changed(session: Session) -> list[tuple[str, str]]:
    """Return the lines in which the draft differs from the second version as it was begun."""
    pairs = zip(SECOND.splitlines(), source_of(session).splitlines(), strict=True)
    return [(old.strip(), new.strip()) for old, new in pairs if old != new]


def test_a_draft_begins_with_the_version_and_is_shared(session: Session, enter: Enter) -> None:
    base = base_of(session)
    first = enter("hanna").post("/workflows/drafts", data={"base": base})
    assert first.status_code == 303
    assert source_of(session) == SECOND
    assert enter("hugo").post("/workflows/drafts", data={"base": base}).location == first.location
    page = soup(enter("hugo"), "/workflows")
    rows = [
        [cell.get_text("|", strip=True) for cell in row.select("th, td")]
        for row in page.select("section[aria-labelledby=drafts] tbody tr")
    ]
    assert [row[:2] for row in rows] == [["Promotion, individual contributor", "version 1"]]
    assert [row[2].split("|")[1] for row in rows] == ["Hanna Ruiz"]
    assert "Drafts" not in soup(enter("abel"), "/workflows").text


def test_a_draft_begins_with_a_file_too(session: Session, enter: Enter) -> None:
    client = enter("hanna")
    page = soup(client, "/workflows/propose")
    assert [button["formaction"] for button in page.select("button[formaction]")] == ["/workflows/drafts"]
    assert client.post("/workflows/drafts", data={"source": ""}).status_code == 422
    answer = client.post("/workflows/drafts", data={"source": SECOND.replace("\n", "\r\n")})
    assert answer.status_code == 303
    assert source_of(session) == SECOND
    assert "from a file" in soup(client, answer.location).select(".kicker")[0].text


@pytest.mark.parametrize("who", ["iris", "greta", "noor", "abel"])
def test_drafts_are_for_hr_alone(enter: Enter, draft: str, who: str) -> None:
    client = enter(who)
    assert client.get(draft).status_code == 404
    for path in ("/workflows/drafts", draft, f"{draft}/look", f"{draft}/discard"):
        assert client.post(path, data={"source": SECOND, "version": "1"}).status_code == 404


def test_a_field_writes_its_own_place_of_the_file_and_nothing_else(session: Session, enter: Enter, draft: str) -> None:
    client = enter("hanna")
    sent = sent_from(soup(client, f"{draft}?part=states.decided"))
    sent["f-states.decided.title"] = ["Decided: not told"]
    sent["f-states.decided.due.count"] = ["3"]
    sent["f-states.decided.due.unit"] = ["working_days"]
    assert client.post(draft, data=sent).status_code == 303
    assert changed(session) == [
        ("title: Decided, not yet announced", 'title: "Decided: not told"'),
        ("due: {before: announcement_date, days: 0}", "due: {before: announcement_date, working_days: 3}"),
    ]
    page = soup(client, f"{draft}?part=states.decided")
    assert [line.text for line in page.select("section[aria-labelledby=changes] li")] == [
        "The step “Decided, not yet announced” is called “Decided: not told”",
        (
            "“Decided: not told” is due otherwise: 3 working days before the announcement date instead of by the "
            "announcement date"
        ),
    ]
    assert page.select(".changed-lines ins")[0].get_text(" ", strip=True) == "5 version: 2"


def test_roles_conditions_numbers_and_notes_of_an_action(session: Session, enter: Enter, draft: str) -> None:
    client = enter("hanna")
    sent = sent_from(soup(client, f"{draft}?part=actions.seal"))
    assert sent["f-actions.seal.by"] == ["manager", "hr"]
    sent["f-actions.seal.by"] = ["hr"]
    sent["f-actions.seal.note"] = ["required"]
    sent["f-actions.seal.when.4.feedback_count.at_least"] = ["4"]
    del sent["f-actions.seal.when.2"]
    assert client.post(draft, data=sent).status_code == 303
    now_there = source_of(session)
    seal = now_there[now_there.index("  seal:") : now_there.index("  unseal:")]
    assert seal.splitlines() == [
        "  seal:",
        "    title: Seal packet",
        "    from: [collecting]",
        "    to: reading",
        "    by: [hr]",
        "    confirm: true",
        "    when:",
        "      - in_state: {region: packet, state: submitted}",
        "      - in_state: {region: feedback, state: enough}",
        "      - in_state: {region: second_rating, state: [done, waived]}",
        "      - feedback_count: {at_least: 4}",
        "      - functions_covered: {at_least: 2, from_cycle: true}",
        "    do: [seat_committee, cancel_open_feedback, seal_packet]",
        "    note: required",
    ]
    page = soup(client, f"{draft}?part=actions.seal")
    assert [line.text for line in page.select("section[aria-labelledby=changes] li")] == [
        "“Seal packet” may not be done any more by: manager",
        "“Seal packet” now needs: 4 answers are in",
        "“Seal packet” no longer needs: Rating in",
        "“Seal packet” no longer needs: 3 answers are in",
        "“Seal packet” asks for a note",
    ]


def test_a_fault_stands_at_its_line_and_at_its_field(session: Session, enter: Enter, draft: str) -> None:
    client = enter("hanna")
    sent = sent_from(soup(client, f"{draft}?part=states.nominated"))
    sent["f-states.nominated.timers.0.times"] = ["many"]
    client.post(draft, data=sent)
    assert changed(session)[-1][1].endswith("times: many}")
    page = soup(client, f"{draft}?part=states.nominated")
    line = source_of(session).split("times: many")[0].count("\n") + 1
    fault = page.select("#checked li")[0]
    assert fault.get_text(" ", strip=True).startswith(f"workflow.yaml:{line}:106 : Input should be a valid integer")
    assert fault.select("a[data-line]")[0]["data-line"] == str(line)
    assert fault.select("a")[1]["href"] == "#f-states-nominated-timers-0-times"
    at = page.select("#f-states-nominated-timers-0-times-faults")[0]
    assert at.get_text(" ", strip=True) == "Error: Input should be a valid integer"
    elsewhere = soup(client, f"{draft}?part=actions.seal").select("#checked li")[0]
    assert [(each["name"], each["value"], each.text) for each in elsewhere.select("button")] == [
        ("open", "states.nominated", "Open in the form: Nominated")
    ]


def test_what_somebody_writes_is_looked_at_and_not_kept(session: Session, enter: Enter, draft: str) -> None:
    client = enter("hanna")
    sent = sent_from(soup(client, f"{draft}?part=states.nominated"))
    sent["f-states.nominated.title"] = ["Put forward"]
    answer = BeautifulSoup(client.post(f"{draft}/look?from=form", data=sent).text, "html.parser")
    assert "title: Put forward" in answer.select("#source")[0].text
    assert answer.select("input[name='was-states.nominated.title']")[0]["value"] == "Put forward"
    assert answer.select("#part") == []
    assert "Put forward" in answer.select("#drawn svg")[0].text
    sent = {**sent, "source": [SECOND.replace("title: Nominated", "title: Named")]}
    answer = BeautifulSoup(client.post(f"{draft}/look", data=sent).text, "html.parser")
    assert answer.select("#f-states-nominated-title")[0]["value"] == "Named"  # the file stands
    assert answer.select("#source") == []
    assert source_of(session) == SECOND


def test_a_text_that_cannot_be_read_is_kept_with_its_fault(session: Session, enter: Enter, draft: str) -> None:
    client = enter("hanna")
    assert client.post(draft, data={"source": "key: [", "version": "1"}).status_code == 303
    page = soup(client, draft)
    assert page.select("#checked li")[0].get_text(" ", strip=True).startswith("workflow.yaml:1:")
    assert "The form is here once the file can be read" in page.select("#part")[0].text
    assert source_of(session) == "key: ["
    refused = client.post(draft, data={"source": "  ", "version": "2"})
    assert (refused.status_code, "Nothing was given" in refused.text) == (422, True)


def test_who_saves_second_sees_both(session: Session, enter: Enter, draft: str) -> None:
    other = SECOND.replace("title: Nominated", "title: Named")
    assert enter("hugo").post(draft, data={"source": other, "version": "1"}).status_code == 303
    mine = SECOND.replace("title: Nominated", "title: Put forward")
    answer = enter("hanna").post(draft, data={"source": mine, "version": "1"})
    assert answer.status_code == 409
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select("textarea[name=source]")[0].text.strip() == mine.strip()
    assert source_of(session) == other
    assert enter("hanna").post(draft, data={"source": other, "version": "1"}).status_code == 303  # the same


def test_a_draft_that_saves_itself_answers_with_its_version(enter: Enter, draft: str) -> None:
    changed_text = SECOND.replace("title: Nominated", "title: Named")
    data = {"source": changed_text, "version": "1"}
    answer = enter("hanna").post(draft, data=data, headers={"X-Autosave": "1"})
    assert (answer.status_code, answer.json and answer.json["version"]) == (200, 2)


def test_a_draft_is_proposed_once_it_is_without_fault(session: Session, enter: Enter, draft: str) -> None:
    client = enter("hanna")
    data = {"source": IC, "version": "1", "do": "propose"}
    with_old_number = IC.replace("title: Nominated", "title: Put forward")
    refused = client.post(draft, data={**data, "source": with_old_number})
    page = BeautifulSoup(refused.text, "html.parser")
    assert refused.status_code == 422
    assert page.select("[data-errors] li")[0].get_text(" ", strip=True) == (
        "workflow.yaml:5:10: version 1 is published and never changes Expected: version: 2"
    )
    assert source_of(session) == with_old_number
    fine = SECOND.replace("title: Nominated", "title: Put forward")
    answer = client.post(draft, data={**data, "source": fine, "version": "2"})
    assert answer.status_code == 303
    assert "You proposed it" in soup(client, answer.location).text
    assert session.scalars(sa.select(WorkflowDraft)).all() == []


def test_a_draft_can_be_thrown_away(session: Session, enter: Enter, draft: str) -> None:
    assert enter("hugo").post(f"{draft}/discard").status_code == 303
    assert session.scalars(sa.select(WorkflowDraft)).all() == []
    assert enter("hugo").get(draft).status_code == 404


def test_an_overlay_writes_only_what_differs(session: Session, enter: Enter) -> None:
    client = enter("hanna")
    address = client.post("/workflows/drafts", data={"base": base_of(session, "management")}).location
    sent = sent_from(soup(client, f"{address}?part=actions.unseal"))
    del sent["f-actions.unseal.confirm"]
    assert client.post(address, data=sent).status_code == 303
    before, after = SOURCES["management.yaml"].replace("version: 1\n", "version: 2\n"), source_of(session)
    assert after == before.rstrip("\n") + "\n  unseal:\n    confirm: null\n"
    assert [line.text for line in soup(client, address).select("section[aria-labelledby=changes] li")] == [
        "“Reopen the packet” does not ask once more"
    ]
