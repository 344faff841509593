"""Rating through a real client: one criterion at a time, saved while typing, two tabs, and handing in."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.mail_text import find_path
from review.domain.evidence_draft import EvidenceDraft, Tag
from review.models import Case, CaseToken, Conflict, Feedback, Message, Rating, RatingLine
from review.queries.mail import MailSubject
from review.services.evidence import add_evidence
from review.services.ratings import assign_second_rater
from review.services.transitions import fire
from tests.committee_room import CRITERIA, Room, built_room
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, faults, listed, soup, words

AUTOSAVE = {"X-Autosave": "1"}


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


@pytest.fixture
def room(session: Session, scene: Scene, now: datetime) -> Room:
    room = built_room(session, scene, now)
    session.execute(sa.update(CaseToken).where(CaseToken.region == "rating").values(state="with_feedback"))
    session.commit()
    return room


def line(criterion: str = "leadership", **more: str) -> dict[str, str]:
    return {"criterion": criterion, "value": "4", "justification": "Shown twice.", "version": "0", **more}


def test_saving_goes_on_to_the_next_criterion(session: Session, case: Case, door: Door) -> None:
    client, url = door.enter("greta"), f"/cases/{case.id}/first-view"
    page = client.get(url)
    assert words(page, "h1") == "Your first view of Iris Vance"
    assert words(page, "[data-primary]") == "Save and go to Cross-functionality"
    answer = client.post(url, data=line("hard-skills", then="cross-functionality"))
    assert (answer.status_code, answer.location) == (303, f"{url}?criterion=cross-functionality")
    rows = listed(client.get(answer.location), "nav tbody tr")
    assert rows[:2] == [
        "1. Hard skills At target level – Open Hard skills",
        "2. Cross-functionality Not rated – You are here",
    ]


def test_the_last_criterion_offers_a_plain_save(case: Case, door: Door) -> None:
    page = door.enter("greta").get(f"/cases/{case.id}/first-view?criterion=accountability")
    assert words(page, "[data-primary]") == "Save"
    assert door.client.get(f"/cases/{case.id}/first-view?criterion=charm").status_code == 404


@pytest.mark.parametrize(("path", "key"), [("first-view", "greta"), ("second-rating", "ravi")])
def test_all_criteria_stand_on_one_page_each_saved_by_itself(
    session: Session, scene: Scene, case: Case, door: Door, now: datetime, path: str, key: str
) -> None:
    if path == "second-rating":
        assign_second_rater(session, case.id, scene.id(key), actor=scene.actor("hanna"), now=now)
    client, url = door.enter(key), f"/cases/{case.id}/{path}"
    page = soup(client.get(f"{url}?criterion=all"))
    assert [each["value"] for each in page.select("form [name=criterion]")] == list(CRITERIA)
    ids = [str(each["id"]) for each in page.select("main [id]")]
    assert sorted(ids) == sorted(set(ids))
    labels = [str(each["for"]) for each in page.select("main label[for]")]
    assert (len(labels), set(labels) - set(ids)) == (3 * len(CRITERIA), set())
    answer = client.post(url, data=line(then="all"))
    assert (answer.status_code, answer.location) == (303, f"{url}?criterion=all#leadership")
    shown = soup(client.get(answer.location)).select_one("#justification-leadership")
    assert shown is not None
    assert shown.get_text().strip() == "Shown twice."


def test_what_is_wrong_on_the_page_of_all_comes_back_alone_and_whole(case: Case, door: Door) -> None:
    client, url = door.enter("greta"), f"/cases/{case.id}/first-view"
    refused = client.post(url, data=line(then="all", sentence="charm"))
    assert (refused.status_code, len(faults(refused))) == (422, 1)
    titles = [words(answer, "title").startswith("Error: ") for answer in (refused, client.get(url))]
    assert titles == [True, False]
    assert soup(refused).select_one("#justification").get_text().strip() == "Shown twice."  # type: ignore[union-attr]


def test_all_criteria_take_the_statements_of_one(case: Case, door: Door, statements: Statements) -> None:
    client, url = door.enter("greta"), f"/cases/{case.id}/first-view"
    counts = []
    for criterion in ("leadership", "all"):
        client.get(f"{url}?criterion={criterion}")
        with statements() as issued:
            assert client.get(f"{url}?criterion={criterion}").status_code == 200
        counts.append(len(issued))
    assert counts == [5, 5]


def test_typing_is_saved_and_a_second_tab_is_shown_both_texts(session: Session, case: Case, door: Door) -> None:
    client, url = door.enter("greta"), f"/cases/{case.id}/first-view"
    saved = client.post(url, data=line(), headers=AUTOSAVE)
    assert (saved.status_code, saved.get_json()["version"]) == (200, 1)
    other = client.post(url, data=line(justification="From another tab.", value="2"))
    page = other.get_data(as_text=True)
    assert other.status_code == 409
    assert "Shown twice." in page
    assert "From another tab." in page
    assert soup(other).select_one("input[name=version]")["value"] == "1"  # type: ignore[index]
    assert session.scalar(sa.select(RatingLine.value)) == 4
    settled = client.post(url, data=line(justification="Together.", version="1"))
    assert settled.status_code == 303
    session.expire_all()
    assert session.scalar(sa.select(RatingLine.justification)) == "Together."


def test_a_text_that_is_too_long_comes_back_whole(case: Case, door: Door) -> None:
    long = "word " * 4_001
    answer = door.enter("greta").post(f"/cases/{case.id}/first-view", data=line(justification=long))
    assert answer.status_code == 422
    assert faults(answer) == ["4 characters too many: expected at most 20000 characters"]
    kept = soup(answer).select_one("#justification")
    assert kept is not None
    assert kept.get_text().strip() == long.strip()


def test_hostile_text_is_shown_as_text(case: Case, door: Door) -> None:
    client, url = door.enter("greta"), f"/cases/{case.id}/first-view"
    client.post(url, data=line(justification="<script>alert(1)</script>\x00 \u202eabc"))
    page = client.get(f"{url}?criterion=leadership").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_what_is_missing_is_listed_before_it_can_be_handed_in(session: Session, case: Case, door: Door) -> None:
    client, url = door.enter("greta"), f"/cases/{case.id}/first-view"
    client.post(url, data=line(value="0", justification=""))
    page = client.get(url)
    assert listed(page, "#why-hand-in li") == [
        "Missing: Not rated yet: Hard skills, Cross-functionality, Leadership, Accountability"
    ]
    assert client.post(f"{url}/hand-in").status_code == 409
    for place, criterion in enumerate(CRITERIA):
        version = "1" if criterion == "leadership" else "0"
        client.post(url, data=line(criterion, value="0" if place == 2 else "4", version=version))
    key = {"request_key": "one"}
    assert [client.post(f"{url}/hand-in", data=key).status_code for _ in range(2)] == [303, 303]
    assert session.scalar(sa.select(Rating.locked_at)) is not None
    assert client.get(url).status_code == 409


def test_the_final_rating_has_the_feedback_and_the_first_view_beside_it(room: Room, door: Door) -> None:
    page = door.enter("greta").get(f"/cases/{room.case_id}/rating?criterion=leadership")
    assert listed(page, ".quote") == ["At target level What was done Seen. Without a name; the order is mixed"] * 3
    assert "First view, before feedback: At target level . The committee sees both." in words(page)
    assert listed(page, ".rate-set + .step .kept-lines") == ["Shown."]
    works = [f"E{place} Work {place}" for place in range(1, 5)]
    heard = [f"F{place} Without a name; the order is mixed" for place in range(1, 4)]
    assert listed(page, "#cites label") == works + heard
    names = ("Erin", "Malik", "Dev Banerjee", "Lena", "Fuchs")
    assert [name for name in names if name in page.get_data(as_text=True)] == []


def test_a_change_without_a_reason_is_listed_before_it_can_be_handed_in(room: Room, door: Door) -> None:
    client, url = door.enter("greta"), f"/cases/{room.case_id}/rating"
    cited = {**line(version="1", value="2"), "cites": [room.evidence()]}
    assert client.post(url, data=cited).status_code == 303
    missing = "Missing: Say what changed since the first view: Leadership"
    assert listed(client.get(url), "#why-hand-in li")[-1] == missing
    assert client.post(f"{url}/hand-in").status_code == 409
    client.post(url, data={**cited, "version": "2", "change_reason": "F2 saw less."})
    assert client.post(f"{url}/hand-in").status_code == 303


def test_what_is_cited_is_kept(session: Session, room: Room, door: Door) -> None:
    client, url = door.enter("greta"), f"/cases/{room.case_id}/rating"
    first = str(soup(client.get(url)).select("#cites input")[4]["value"])
    answer = client.post(url, data={**line(version="1"), "cites": [first, "e:2"], "change_reason": "F1."})
    assert answer.status_code == 303
    checked = [str(box["value"]) for box in soup(client.get(answer.location)).select("#cites input[checked]")]
    assert sorted(checked) == sorted([first, "e:2"])
    of_case = sa.select(Rating.id).where(Rating.round == "final")
    kept = sa.select(RatingLine.anchors).where(RatingLine.rating_id.in_(of_case), RatingLine.version == 2)
    (anchors,) = session.scalars(kept).all()
    feedback = {f"f:{number}" for number in session.scalars(sa.select(Feedback.id))}
    assert (len(set(anchors) & feedback), "e:2" in anchors) == (1, True)
    wrong = client.post(url, data={**line(version="2"), "cites": ["e:999"]})
    assert (wrong.status_code, faults(wrong)) == (422, ["Something cited is not in this case"])


def test_what_can_be_cited_has_no_number_of_a_request(session: Session, room: Room, door: Door) -> None:
    """The number stands on the page of requests beside the giver's name: here it would tell who wrote which answer."""
    client, url = door.enter("greta"), f"/cases/{room.case_id}/rating"
    offered = [str(box["value"]) for box in soup(client.get(url)).select("#cites input")]
    numbers = {f"f:{number}" for number in session.scalars(sa.select(Feedback.id))}
    assert (len(numbers), len([key for key in offered if key.startswith("f:")])) == (3, 3)
    assert numbers.isdisjoint(offered)
    for number in numbers:
        answer = client.post(url, data={**line(version="1"), "cites": [number], "change_reason": "F1."})
        assert (answer.status_code, faults(answer)) == (422, ["Something cited is not in this case"])
        assert listed(answer, "#cites input[checked]") == []


@pytest.mark.parametrize("path", ["first-view", "rating", "second-rating", "second-rater", "rate"])
@pytest.mark.parametrize("key", ["erin", "otto", "clara", "noor", "abel"])
def test_nobody_else_gets_to_a_form(case: Case, door: Door, path: str, key: str) -> None:
    answer = door.enter(key).get(f"/cases/{case.id}/{path}")
    assert answer.status_code == 404
    assert answer.data == door.client.get("/cases/987654").data


def test_a_second_rater_is_chosen_and_rates_blind(
    session: Session, case: Case, scene: Scene, door: Door, now: datetime
) -> None:
    client, url = door.enter("hanna"), f"/cases/{case.id}/second-rater"
    offered = listed(client.get(url), "#person option")
    assert not [name for name in offered if name.startswith(("Iris", "Greta", "Dario", "Vera", "Ben", "Cora"))]
    assert (offered[0], "Ravi Menon, Principal PM" in offered) == ("Choose a person", True)
    unsaid = client.post(url, data={"person": "", "request_key": "k"})
    assert (unsaid.status_code, words(unsaid, "#person-error")) == (422, "Error: Choose a person.")
    assert listed(unsaid, "#person option") == offered
    answer = client.post(url, data={"person": scene.id("ravi"), "request_key": "k"})
    assert (answer.status_code, answer.location) == (303, f"/cases/{case.id}")
    page = door.enter("ravi").get(f"/cases/{case.id}/second-rating")
    assert words(page, "h1") == "Second rating of Iris Vance"
    assert listed(page, ".quote") == []
    assert door.client.get(f"/cases/{case.id}").status_code == 404
    session.add(
        Conflict(
            case_id=case.id,
            person_id=scene.id("ravi"),
            kind="dispute",
            reason="x",
            declared_by_id=scene.id("ravi"),
            declared_at=now,
        )
    )
    assert door.client.get(f"/cases/{case.id}/second-rating").status_code == 404


@pytest.fixture
def rated(session: Session, case: Case, scene: Scene, door: Door, now: datetime) -> str:
    """Let Ravi rate as second rater, with evidence and a sentence of the ladder; return the address of the form."""
    draft = EvidenceDraft("Relaunch", "Led it", tags=tuple(map(Tag, CRITERIA)))
    evidence = add_evidence(session, case.id, draft, actor=scene.actor("iris"), now=now)
    assert evidence is not None
    assign_second_rater(session, case.id, scene.id("ravi"), actor=scene.actor("hanna"), now=now)
    client, url = door.enter("ravi"), f"/cases/{case.id}/second-rating"
    for criterion in CRITERIA:
        sent = line(criterion, cites=f"e:{evidence.id}", justification=f"Shown twice in {criterion}.")
        assert client.post(url, data=sent).status_code == 303
    return url


def test_a_second_rater_reads_their_own_rating_once_it_is_in(
    session: Session, case: Case, scene: Scene, door: Door, now: datetime, rated: str
) -> None:
    client, rate = door.enter("ravi"), f"/cases/{case.id}/rate"
    assert words(client.get(rated), "h1") == "Second rating of Iris Vance"
    handed_in = client.post(f"{rated}/hand-in", data={"request_key": "k"})
    assert (handed_in.status_code, handed_in.location, client.get(rate).location) == (303, rate, rated)
    page = client.get(rated)
    assert words(page, "h1") == "Your second rating of Iris Vance"
    assert words(page, ".lede") == "Handed in on Monday 16 November 2026. It cannot be changed any more."
    assert listed(page, "main form") == []
    told = [part.partition(" What the target asks")[0] for part in listed(page, "section.card-x")]
    summary = words(page, ".card-x .quote").removesuffix(" the ladder")
    assert told[0] == f"Hard skills At target level Shown twice in hard-skills. {summary} the ladder Rests on E1"
    assert [part.split(" At target level ")[0] for part in told] == [
        "Hard skills", "Cross-functionality", "Leadership", "Accountability",
    ]  # fmt: skip
    assert client.post(rated, data=line(version="1")).status_code == 409
    for key in ("iris", "greta", "hanna", "clara", "otto"):
        answer = door.enter(key).get(rated)
        assert (key, answer.status_code, "Shown twice" in answer.text) == (key, 404, False)


def test_what_was_begun_and_never_handed_in_is_no_rating(session: Session, case: Case, door: Door, rated: str) -> None:
    session.execute(sa.update(CaseToken).where(CaseToken.region == "second_rating").values(state="waived"))
    session.commit()
    answer = door.client.get(rated)
    assert (answer.status_code, "Shown twice" in answer.text) == (409, False)


def test_the_mail_to_a_second_rater_leads_to_their_rating(session: Session, case: Case, rated: str) -> None:
    sent = session.scalars(sa.select(Message).where(Message.template == "notify_second_rater")).one()
    about = MailSubject("ravi@company.example", "Ravi Menon", None, case_id=case.id)
    assert find_path(about, sent.params) == f"/cases/{case.id}/rate"


def test_who_is_out_or_replaced_reads_their_second_rating_no_more(
    session: Session, case: Case, scene: Scene, door: Door, now: datetime, rated: str
) -> None:
    client = door.enter("ravi")
    client.post(f"{rated}/hand-in", data={"request_key": "k"})
    case.second_rater_id = scene.id("pavel")
    session.commit()
    assert client.get(rated).status_code == 404
    page = door.enter("pavel").get(rated)
    assert (page.status_code, "Shown twice" in page.text) == (409, False)
    case.second_rater_id = scene.id("ravi")
    said = {"kind": "dispute", "reason": "x", "declared_by_id": scene.id("ravi"), "declared_at": now}
    session.add(Conflict(case_id=case.id, person_id=scene.id("ravi"), **said))
    session.commit()
    assert door.enter("ravi").get(rated).status_code == 404


def test_a_delegate_of_the_second_rater_signs_for_them(
    session: Session, case: Case, scene: Scene, door: Door, now: datetime
) -> None:
    from datetime import date

    from review.domain.delegation import Window
    from review.services.delegations import open_delegation

    assign_second_rater(session, case.id, scene.id("ravi"), actor=scene.actor("hanna"), now=now)
    window = Window(scene.id("ravi"), scene.id("pavel"), date(2026, 11, 16), date(2026, 11, 27))
    open_delegation(session, window, reason="On leave", actor=scene.actor("ravi"), now=now)
    client = door.enter("pavel")
    assert client.post(f"/cases/{case.id}/second-rating", data=line()).status_code == 303
    row = session.scalars(sa.select(Rating)).one()
    assert (row.rater_id, row.on_behalf_of_id) == (scene.id("pavel"), scene.id("ravi"))


def test_a_form_and_a_save_take_few_statements(case: Case, door: Door, statements: Statements) -> None:
    client, url = door.enter("greta"), f"/cases/{case.id}/first-view"
    client.post(url, data=line())
    with statements() as form:
        client.get(url)
    with statements() as save:
        client.post(url, data=line(version="1"))
    assert len(form) <= 10
    assert len(save) <= 14
