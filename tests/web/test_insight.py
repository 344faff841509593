"""The figures of a cycle: what HR sees is what known rows come to; who is out of a case finds no trace of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.statistics.agreement import count_values, krippendorff_alpha
from review.domain.statistics.figure import Kind, write_interval, write_number
from review.domain.statistics.intervals import wilson
from review.models import AuditEvent, Case, Conflict, Cycle, Decision, Person, Seat
from review.queries.insight import load_insight, load_session_facts
from review.queries.insight_judged import list_ballots_and_votes
from review.queries.pinned import load_ladder
from review.services import audit
from tests.announced import Plan, announce
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import listed, soup, words

VOTES = [(4, 4, 3), (2, 3, 2), (5, 4, 4), (3, 3, 3), (4, 5, 4), (2, 2, 2)]
PLANS = [Plan("Product" if k % 2 else "Data", VOTES[k % 6], is_promoted=k % 3 > 0) for k in range(12)]


@pytest.fixture
def cases(session: Session, scene: Scene, now: datetime) -> list[Case]:
    """Return twelve announced cases, eight of them promoted."""
    return announce(session, scene, PLANS, now)


Enter = Callable[[str], FlaskClient]


def figure(page: FlaskClient, url: str, name: str) -> list[str]:
    """Return the cells beside a figure or a row of a table."""
    rows = soup(page.get(url)).select("tbody tr")
    found = [row for row in rows if (row.th.get_text(" ") if row.th else "").strip().startswith(name)]
    return [" ".join(cell.get_text(" ").split()) for cell in found[0].select("td")]


def test_hr_comes_to_it_from_the_cycle(scene: Scene, cases: list[Case], enter: Enter) -> None:
    url = f"/cycles/{scene.cycle_id}/insight"
    hanna = enter("hanna")
    assert soup(hanna.get(f"/cycles/{scene.cycle_id}")).find("a", href=url) is not None
    told = words(hanna.get(url))
    assert "No figure sorts, gates or decides anything." in told
    assert listed(hanna.get(url), "h2") == [
        "Agreement",
        "Movement",
        "Strict and lenient raters",
        "Fairness by stage: function",
        "Promotion rate",
        "Before Dualtrack, brought in",
        "Feedback",
        "Time per stage",
        "The report as PDF",
    ]


def test_the_page_says_what_the_rows_come_to(scene: Scene, cases: list[Case], enter: Enter) -> None:
    """Alpha of the votes, the share promoted with Wilson's interval, movement and days, each from what was written."""
    url, hanna = f"/cycles/{scene.cycle_id}/insight", enter("hanna")
    alpha = krippendorff_alpha(count_values([plan.votes for plan in PLANS for _ in range(4)], range(1, 6)), range(1, 6))
    value, interval, n, word = figure(hanna, url, "Votes, before the reveal")
    assert (value, n, word) == (write_number(alpha, Kind.NUMBER), "12 cases", "–")
    assert " to " in interval
    share = " ".join(str(write_interval(wilson(8, 12), Kind.SHARE)).split())
    assert figure(hanna, url, "Promoted") == ["67 %", share, "12 cases", "–"]
    assert figure(hanna, url, "First view to rating with feedback")[:5] == ["12", "48", "0", "0", "+1.00"]
    assert figure(hanna, url, "Building the case") == ["12", "30.0", "30.0 to 30.0", "–"]
    assert figure(hanna, url, "Every required function heard")[0] == "100 %"
    assert "0 of 36 voices are mutual" in words(hanna.get(url))


def test_a_figure_of_too_few_says_so(session: Session, scene: Scene, now: datetime, enter: Enter) -> None:
    """Of four cases nothing is told, not even how many they are."""
    announce(session, scene, PLANS[:4], now)
    url, hanna = f"/cycles/{scene.cycle_id}/insight", enter("hanna")
    assert figure(hanna, url, "Votes, before the reveal") == [
        "withheld", "–", "–", "Shown from 5 on"
    ]  # fmt: skip
    assert figure(hanna, url, "Promoted") == ["withheld", "–", "–", "Shown from 5 on"]
    assert figure(hanna, url, "Building the case") == ["–", "–", "–", "Shown from 5 on"]


def test_stages_wait_until_every_case_is_announced(
    session: Session, scene: Scene, cases: list[Case], enter: Enter, now: datetime
) -> None:
    url, hanna = f"/cycles/{scene.cycle_id}/insight", enter("hanna")
    assert "Of those before a committee, promoted" in words(hanna.get(url))
    cases[0].phase, cases[0].state = "decided", "decided"
    audit.record(session, "case.reopen", actor=scene.actor("hanna"), now=now, case_id=cases[0].id)
    session.commit()
    told = words(hanna.get(url))
    assert "One case is not announced yet. Stages are counted once all are." in told
    assert "Of those before a committee, promoted" not in told
    assert figure(hanna, url, "Promoted")[2] == "11 cases"


def test_groups_go_by_country_where_asked(scene: Scene, cases: list[Case], enter: Enter) -> None:
    url, hanna = f"/cycles/{scene.cycle_id}/insight", enter("hanna")
    assert "Fairness by stage: country" in words(hanna.get(f"{url}?by=country"))
    assert "Fairness by stage: function" in words(hanna.get(f"{url}?by=password_hash"))


@pytest.mark.parametrize("key", ["clara", "mika", "iris", "greta", "noor", "abel", "ines", "petra"])
def test_nobody_but_hr_opens_it(scene: Scene, cases: list[Case], enter: Enter, key: str) -> None:
    """Not the chair, the auditor or the executive either, on any of its addresses."""
    client = enter(key)
    for path in ("insight", "insight.csv", "insight.pdf"):
        there, nowhere = (client.get(f"/cycles/{number}/{path}") for number in (scene.cycle_id, 999))
        assert (there.status_code, there.data) == (nowhere.status_code, nowhere.data)
        assert there.status_code == 404
    assert client.post(f"/cycles/{scene.cycle_id}/insight/print").status_code == 404


def test_a_draft_has_no_figures(session: Session, scene: Scene, enter: Enter) -> None:
    session.execute(sa.update(Cycle).values(state="draft"))
    session.commit()
    assert enter("hanna").get(f"/cycles/{scene.cycle_id}/insight").status_code == 404


@pytest.mark.both_databases
def test_votes_stand_in_the_order_of_cases_and_ladder(session: Session, scene: Scene, cases: list[Case]) -> None:
    """Whatever order the database counts them in: which votes an interval draws again goes by their places."""
    ladder = load_ladder(session, session.get_one(Cycle, scene.cycle_id).ladder_version_id)
    for order in (cases, cases[::-1]):
        _, votes = list_ballots_and_votes(session, {case.id: case.vote_round for case in order}, ladder)
        expected = [(case.id, each.id) for case in order for each in ladder.criteria]
        assert [(vote.case_id, vote.criterion_id) for vote in votes] == expected


@pytest.mark.both_databases
@pytest.mark.parametrize("how", ["declared", "below", "own manager", "recused"])
def test_what_hr_is_out_of_is_in_no_figure(
    session: Session, scene: Scene, cases: list[Case], now: datetime, how: str
) -> None:
    """Their facts are those of a cycle that never had the case; for a colleague it counts."""
    hanna, out = scene.actor("hanna"), cases[3]
    everything = load_insight(session, scene.cycle_id, hanna).facts
    assert len(everything.cases) == 12
    _keep_out(session, scene, out, how, now)
    known = load_insight(session, scene.cycle_id, hanna).facts
    assert [case.id for case in known.cases] == [case.id for case in cases if case is not out]
    counted = sum(each.count for each in known.eligible) - sum(each.count for each in everything.eligible)
    assert counted == (0 if how in ("below", "own manager") else 1)  # whoever is close is not among them either way
    session.execute(sa.update(Case).where(Case.id == out.id).values(phase="draft", state="nominated", outcome=None))
    session.flush()
    assert load_insight(session, scene.cycle_id, hanna).facts == known
    assert known.running == 0


def test_a_candidate_for_the_same_few_seats_is_out_of_the_others(
    session: Session, scene: Scene, cases: list[Case]
) -> None:
    cycle = session.get_one(Cycle, scene.cycle_id)
    cases[0].candidate_id = scene.id("hugo")
    session.flush()
    assert len(load_insight(session, scene.cycle_id, scene.actor("hugo")).facts.cases) == 11
    cycle.policy = {**cycle.policy, "seat_limited_levels": ["senior-pm"]}
    session.flush()
    assert load_insight(session, scene.cycle_id, scene.actor("hugo")).facts.cases == ()


def _keep_out(session: Session, scene: Scene, case: Case, how: str, now: datetime) -> None:
    me = scene.id("hanna")
    if how == "declared":
        declared = Conflict(case_id=case.id, person_id=me, kind="other", declared_by_id=me, declared_at=now)
        session.add(declared)
    elif how == "below":
        session.get_one(Person, case.candidate_id).manager_id = me
    elif how == "own manager":
        session.get_one(Person, me).manager_id = case.candidate_id
    else:
        session.add(Seat(case_id=case.id, person_id=me, state="recused", entered_at=now))
    session.flush()


@pytest.mark.both_databases
def test_as_many_statements_for_three_cases_as_for_twelve(
    session: Session, scene: Scene, now: datetime, statements: Statements, database_kind: str
) -> None:
    announce(session, scene, PLANS[:3], now)
    hanna = scene.actor("hanna")
    with statements() as few:
        load_insight(session, scene.cycle_id, hanna)
    session.execute(sa.update(Person).values(external_id=Person.external_id + "b"))
    session.execute(sa.update(Case).values(code=Case.code + "b"))
    announce(session, scene, PLANS, now)
    with statements() as many:
        facts = load_insight(session, scene.cycle_id, hanna, "country").facts
    how_to_plan = {"sqlite": 0, "postgresql": 1}[database_kind]
    assert len(many) <= len(few) <= 16 + how_to_plan
    assert len(facts.cases) == 15
    assert len(facts.votes) == 60


def test_the_chair_reads_the_agreement_of_announced_cases(scene: Scene, session: Session, cases: list[Case]) -> None:
    """With a conflict in one of them, of the others alone; a member reads none."""
    counted = load_session_facts(session, scene.committee_id, scene.actor("clara")).cases
    assert counted == ()  # she is the manager of all candidates, and so out of their cases
    session.execute(sa.update(Case).values(manager_id=scene.id("greta")))
    session.flush()
    assert len(load_session_facts(session, scene.committee_id, scene.actor("clara")).cases) == 12
    assert load_session_facts(session, scene.committee_id, scene.actor("mika")).cases == ()


def test_everything_is_taken_along_as_csv(session: Session, scene: Scene, cases: list[Case], enter: Enter) -> None:
    """Each table as shown and all of it in one list; a name that begins like a formula stays text."""
    session.execute(sa.update(Person).where(Person.function == "Data").values(function="=1+1"))
    session.commit()
    url, hanna = f"/cycles/{scene.cycle_id}/insight.csv", enter("hanna")
    rows = list(csv.reader(io.StringIO(hanna.get(f"{url}?table=promoted").get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[0][:3] == ["Group", "Went on", "Rate"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "Product"]
    assert hanna.get(f"{url}?table=nothing").status_code == 404
    whole = list(csv.reader(io.StringIO(hanna.get(url).get_data(as_text=True).lstrip("\ufeff"))))
    assert whole[0] == ["section", "table", "row", "column", "value"]
    assert ["Promotion rate", "", "Promoted", "n", "12 cases"] in whole


def test_the_report_is_printed_for_one_reader(
    session: Session, scene: Scene, cases: list[Case], enter: Enter, run_jobs: Callable[[], int]
) -> None:
    """It is made on demand, stays while it is true, and a new one is made afterwards."""
    url = f"/cycles/{scene.cycle_id}/insight"
    hanna = enter("hanna")
    assert hanna.get(f"{url}.pdf").status_code == 303
    assert hanna.post(f"{url}/print", data={"by": "function", "request_key": "k"}).status_code == 303
    assert hanna.post(f"{url}/print", data={"by": "function", "request_key": "k"}).status_code == 303
    assert run_jobs() == 1
    with hanna.get(f"{url}.pdf") as answer:
        assert answer.data.startswith(b"%PDF-")
    assert "Download the report" in words(hanna.get(url))
    assert hanna.get(f"{url}.pdf?by=country").status_code == 303
    assert enter("hugo").get(f"{url}.pdf").status_code == 303
    session.execute(sa.update(Case).where(Case.id == cases[0].id).values(phase="decided"))
    session.commit()
    assert enter("hanna").get(f"{url}.pdf").status_code == 303
    kinds = session.scalars(
        sa.select(AuditEvent.kind).where(AuditEvent.kind.like("insight.%")).order_by(AuditEvent.seq)
    )
    assert list(kinds) == ["insight.ask", "insight.made"]


def test_the_chair_reads_agreement_on_the_report_of_the_session(
    session: Session, scene: Scene, cases: list[Case], enter: Enter, now: datetime
) -> None:
    """Once cases are announced; it stays away where the chair is out of all of them."""
    url = f"/committee/agenda/{scene.committee_id}/report"
    for case in cases:
        decision = Decision(case_id=case.id, outcome="promote", recorded_by_id=scene.id("clara"), recorded_at=now)
        session.add(decision)
    session.execute(sa.update(Case).values(manager_id=scene.id("greta")))
    session.commit()
    told = words(enter("clara").get(url))
    alpha = krippendorff_alpha(count_values([plan.votes for plan in PLANS for _ in range(4)], range(1, 6)), range(1, 6))
    assert f"Agreement of the votes of announced cases · 12 cases {write_number(alpha, Kind.NUMBER)} (" in told
    session.execute(sa.update(Case).values(manager_id=scene.id("clara")))
    session.commit()
    assert "Agreement of the votes" not in words(enter("clara").get(url))


def test_what_was_worked_out_stands_only_until_something_happens(
    session: Session, scene: Scene, cases: list[Case], enter: Enter, now: datetime, statements: Statements
) -> None:
    """A conflict that is declared is out of the figures at the next look; so is nobody else's page shown."""
    url, hanna = f"/cycles/{scene.cycle_id}/insight", enter("hanna")
    assert figure(hanna, url, "Promoted")[2] == "12 cases"
    with statements() as again:
        hanna.get(url)
    assert len(again) <= 4
    me = scene.id("hanna")
    session.add(Conflict(case_id=cases[0].id, person_id=me, kind="other", declared_by_id=me, declared_at=now))
    audit.record(session, "conflict.declare", actor=scene.actor("hanna"), now=now, case_id=cases[0].id)
    session.commit()
    assert figure(hanna, url, "Promoted")[2] == "11 cases"
    assert figure(enter("hugo"), url, "Promoted")[2] == "12 cases"
