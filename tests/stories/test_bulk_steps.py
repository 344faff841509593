"""HR takes one step for many cases: looked at first, done once, told for each, and nothing of cases HR is part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import AuditEvent, BulkStep, BulkStepCase, Case, CaseToken, Conflict, Message, Person
from review.services import bulk
from review.services.people import deactivate
from review.services.transitions import fire
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import Door, listed, soup, words
from tests.trail import details_where

ZONE = ZoneInfo("Europe/Berlin")
LEVELS = {"ben": "senior-pm", "iris": "staff-pm", "cora": "senior-pm", "pavel": "principal-pm", "finn": "pm-2"}


@dataclass(frozen=True)
class Ground:
    """A cycle with five cases being built; Hanna is close to Finn, Cora has left."""

    session: Session
    scene: Scene
    ids: Mapping[str, int]
    client: FlaskClient

    def url(self, step: str, keys: str, **more: str) -> str:
        cases = "&".join(f"case={self.ids[key]}" for key in keys.split())
        return f"/cycles/{self.scene.cycle_id}/steps/new?step={step}&{cases}&" + "&".join(
            f"{name}={value}" for name, value in more.items()
        )

    def plan(self, step: str, keys: str, **more: str) -> list[list[str]]:
        """Return what the page says would be done: candidate, what, and who gets a mail."""
        page = soup(self.client.get(self.url(step, keys, **more)))
        return [
            [" ".join(cell.get_text().split()) for cell in row.select("th a, td")]
            for row in page.select("tr[data-item]")
        ]

    def take(self, step: str, keys: str, key: str = "", **more: str) -> tuple[str, list[list[str]]]:
        """Do the step and return what the page then says: the sentence above the list, and each row."""
        data = {"step": step, "case": [self.ids[each] for each in keys.split()], "request_key": key or step, **more}
        answer = self.client.post(f"/cycles/{self.scene.cycle_id}/steps/new", data=data)
        assert answer.status_code == 303, answer.text
        page = self.client.get(answer.headers["Location"])
        rows = [
            [" ".join(cell.get_text().split()) for cell in row.select("th a, td")]
            for row in soup(page).select("tr[data-item]")
        ]
        return words(page, ".lede"), rows

    def told(self, template: str) -> list[tuple[str, str]]:
        """Return who gets this mail about whose case."""
        names = {number: key for key, number in self.scene.company.ids.items()}
        cases = {number: key for key, number in self.ids.items()}
        rows = self.session.execute(
            sa.select(Message.case_id, Message.to_person_id).where(Message.template == template).order_by(Message.id)
        )
        return sorted((cases[case or 0], names[person]) for case, person in rows)

    def due(self, key: str) -> date:
        token = sa.select(CaseToken.due_at).where(CaseToken.case_id == self.ids[key], CaseToken.region == "main")
        due_at = self.session.scalars(token).one()
        assert due_at is not None
        return due_at.astimezone(ZONE).date()


@pytest.fixture
def ground(session: Session, client: FlaskClient, now: datetime) -> Ground:
    scene = open_scene(session, now)
    ids = {}
    for key, level in LEVELS.items():
        case = open_case_of(session, scene, key, level, now)
        fire(session, case.id, "confirm_eligible", actor=scene.actor("hugo"), now=now)
        ids[key] = case.id
    near = {"kind": "close_personal", "reason": "", "declared_by_id": scene.id("hanna"), "declared_at": now}
    session.add(Conflict(case_id=ids["finn"], person_id=scene.id("hanna"), **near))
    deactivate(session, scene.id("cora"), actor=scene.actor("hugo"), now=now)
    session.execute(sa.delete(Message))
    session.commit()
    return Ground(session, scene, ids, Door(client, session, now, scene.company.ids).enter("hanna"))


@pytest.mark.both_databases
def test_hr_nudges_extends_reassigns_and_withdraws(ground: Ground) -> None:
    finn = (ground.due("finn"), ground.session.get_one(Case, ground.ids["finn"]).moves)

    assert ground.plan("nudge", "ben iris pavel finn") == [
        ["Ben Ito", "Reminds Ben Ito, Greta Holm", "Ben Ito, Greta Holm"],
        ["Iris Vance", "Reminds Iris Vance, Greta Holm", "Iris Vance, Greta Holm"],
        ["Pavel Novak", "Reminds Pavel Novak, Mats Oduya", "Pavel Novak, Mats Oduya"],
    ]
    assert ground.told("case_nudge") == []
    said, rows = ground.take("nudge", "ben iris pavel finn")
    assert said == "Done for 3 cases, not done for 0."
    assert [row[1] for row in rows] == ["Done", "Done", "Done"]
    told = [
        ("ben", "ben"),
        ("ben", "greta"),
        ("iris", "greta"),
        ("iris", "iris"),
        ("pavel", "mats"),
        ("pavel", "pavel"),
    ]
    assert ground.told("case_nudge") == told
    again = ground.take("nudge", "ben iris pavel finn")
    assert (again, ground.told("case_nudge")) == ((said, rows), told)
    assert ground.take("nudge", "ben", "another form")[1] == [["Ben Ito", "Not done", "Reminded today already"]]

    assert ground.due("ben") == date(2026, 12, 11)
    said, rows = ground.take("extend", "ben iris finn", days="3")
    assert rows == [
        ["Ben Ito", "Done", "Until Wednesday 16 December 2026 instead of Friday 11 December 2026"],
        ["Iris Vance", "Done", "Until Wednesday 16 December 2026 instead of Friday 11 December 2026"],
    ]
    later = date(2026, 12, 16)
    assert [ground.due(key) for key in ("ben", "iris", "pavel")] == [later, later, date(2026, 12, 11)]

    assert ground.take("reassign", "pavel ben", to="dario@company.example", part="manager")[1] == [
        ["Ben Ito", "Done", "Dario Amato becomes the manager in the case"],
        ["Pavel Novak", "Done", "Dario Amato becomes the manager in the case"],
    ]
    managers = dict(ground.session.execute(sa.select(Case.id, Case.manager_id)).all())
    assert {key: managers[number] for key, number in ground.ids.items()} == {
        "ben": ground.scene.id("dario"),
        "iris": ground.scene.id("greta"),
        "cora": ground.scene.id("greta"),
        "pavel": ground.scene.id("dario"),
        "finn": ground.scene.id("greta"),
    }

    assert ground.plan("withdraw", "cora ben finn") == [
        ["Cora Diaz", "Withdraws the case: Cora Diaz has left", "Greta Holm"],
        ["Ben Ito", "stays as it is The candidate works here; only they withdraw", "nobody"],
    ]
    assert ground.take("withdraw", "cora ben finn")[0] == "Done for 1 case, not done for 1."
    states = dict(ground.session.execute(sa.select(Case.id, Case.state)).all())
    assert {key: states[number] for key, number in ground.ids.items()} == {
        **dict.fromkeys(("ben", "iris", "pavel", "finn"), "collecting"),
        "cora": "withdrawn",
    }
    event = ground.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "case.withdraw")).one()
    assert (event.actor_id, event.on_behalf_of_id) == (ground.scene.id("hanna"), ground.scene.id("cora"))

    assert finn == (ground.due("finn"), ground.session.get_one(Case, ground.ids["finn"]).moves)
    lines = ground.session.scalars(sa.select(BulkStepCase.case_id)).all()
    assert ground.ids["finn"] not in lines
    counted = details_where(ground.session, AuditEvent.kind == "cycle.bulk")
    assert [(each["step"], each["count"]) for each in counted] == [
        ("nudge", 3), ("nudge", 1), ("extend", 2), ("reassign", 2), ("withdraw", 2),
    ]  # fmt: skip


@pytest.mark.both_databases
def test_nominations_are_confirmed_together_each_by_its_own_level(
    session: Session, client: FlaskClient, now: datetime
) -> None:
    scene = open_scene(session, now)
    ids = {key: open_case_of(session, scene, key, LEVELS[key], now).id for key in ("ben", "iris", "cora", "finn")}
    near = {"kind": "close_personal", "reason": "", "declared_by_id": scene.id("hanna"), "declared_at": now}
    session.add(Conflict(case_id=ids["finn"], person_id=scene.id("hanna"), **near))
    session.get_one(Person, scene.id("cora")).level_id = "principal-pm"
    fire(session, ids["iris"], "confirm_eligible", actor=scene.actor("hugo"), now=now)
    session.execute(sa.delete(Message))
    session.commit()
    ground = Ground(session, scene, ids, Door(client, session, now, scene.company.ids).enter("hanna"))
    would = "Confirms it, if level and time in it are right"
    assert ground.plan("confirm", "ben iris cora finn") == [
        ["Ben Ito", would, "Ben Ito, Greta Holm"],
        ["Cora Diaz", would, "Cora Diaz, Greta Holm"],
        ["Iris Vance", "stays as it is Eligibility is not to be confirmed here", "nobody"],
    ]
    said, rows = ground.take("confirm", "ben iris cora finn")
    assert (said, rows) == (
        "Done for 1 case, not done for 2.",
        [
            ["Ben Ito", "Done", "Confirmed that the candidate is eligible"],
            ["Iris Vance", "Not done", "Eligibility is not to be confirmed here"],
            ["Cora Diaz", "Not done", "This person's level is Principal PM now, not the one the case starts from"],
        ],
    )
    states = dict(session.execute(sa.select(Case.id, Case.state)).all())
    assert {key: states[number] for key, number in ids.items()} == {
        "ben": "collecting", "iris": "collecting", "cora": "nominated", "finn": "nominated",
    }  # fmt: skip
    assert ground.told("notify_parties") == [("ben", "ben"), ("ben", "greta")]


def test_what_is_refused_says_why_and_stays(ground: Ground) -> None:
    assert ground.plan("extend", "ben", until="2027-01-15") == [
        [
            "Ben Ito",
            "stays as it is Calibration in this cycle is on Tuesday 12 January 2027; move that date first",
            "nobody",
        ]
    ]
    assert ground.plan("reassign", "ben", to="Erin Malik", part="manager")[0][1] == (
        "stays as it is Erin Malik is not in the candidate’s line of managers"
    )
    assert ground.plan("reassign", "ben", to="Greta Holm", part="second_rater")[0][1] == (
        "stays as it is Greta Holm cannot be second rater here: level, team or a conflict"
    )
    assert ground.plan("nudge", "cora")[0][1] == "Reminds Greta Holm"
    assert ground.take("extend", "ben", until="2026-12-01")[1] == [
        ["Ben Ito", "Not done", "The new day must be later than the one it has"]
    ]
    assert ground.due("ben") == date(2026, 12, 11)


def test_a_day_that_hr_gave_stays_when_the_cycle_date_moves_to_an_earlier_one(ground: Ground) -> None:
    ground.take("extend", "ben", days="2")
    data = {"name": "feedback_deadline", "day": "2026-12-09"}
    assert ground.client.post(f"/cycles/{ground.scene.cycle_id}/dates", data=data).status_code == 303
    assert (ground.due("ben"), ground.due("pavel")) == (date(2026, 12, 15), date(2026, 12, 9))


def test_many_cases_are_a_job_that_goes_on_where_it_was(
    ground: Ground, run_jobs: Callable[[], int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "A_TRANSACTION", 2)
    assert ground.take("nudge", "ben iris pavel")[0] == "Done for 0 cases, not done for 0."
    step = ground.session.scalars(sa.select(BulkStep)).one()
    assert step.ended_at is None
    assert run_jobs() == 2
    ground.session.refresh(step)
    assert step.ended_at == now
    states = ground.session.scalars(sa.select(BulkStepCase.state)).all()
    assert (states, len(ground.told("case_nudge"))) == (["done", "done", "done"], 6)


def test_how_it_ended_is_for_whoever_asked_alone(ground: Ground, session: Session, now: datetime) -> None:
    ground.take("nudge", "ben")
    url = f"/cycles/{ground.scene.cycle_id}/steps/1"
    assert ground.client.get(f"{url}.csv").text.lstrip("\ufeff").splitlines() == [
        'Case,Candidate,How it ended,"What was done, or why not"',
        '2026A-001,Ben Ito,Done,"Reminds Ben Ito, Greta Holm"',
    ]
    other = Door(ground.client, session, now, ground.scene.company.ids).enter("hugo")
    assert (other.get(url).status_code, other.get(f"{url}.csv").status_code) == (404, 404)


def test_nothing_is_done_without_a_case(ground: Ground) -> None:
    assert listed(ground.client.get(ground.url("nudge", "finn")), ".empty b") == ["No case is chosen"]
    answer = ground.client.post(
        f"/cycles/{ground.scene.cycle_id}/steps/new", data={"step": "nudge", "case": ground.ids["finn"]}
    )
    assert answer.headers["Location"] == f"/cycles/{ground.scene.cycle_id}#cases"
    assert ground.session.scalars(sa.select(BulkStep)).all() == []


def test_a_reminder_leads_where_its_reader_has_something_to_do(ground: Ground, now: datetime) -> None:
    """A second rater comes to their form; the page of the case is closed to them."""
    assert ground.take("reassign", "ben", to="Ravi Menon", part="second_rater")[1][0][1] == "Done"
    ground.session.execute(sa.delete(Message))
    ground.take("nudge", "ben")
    rows = ground.session.execute(
        sa.select(Person.external_id, Message.params).join(Message, Message.to_person_id == Person.id)
    )
    assert dict(rows.all()) == {"ben": {}, "ravi": {"page": "rate"}, "greta": {}}
    door = Door(ground.client, ground.session, now, ground.scene.company.ids)
    answer = door.enter("ravi").get(f"/cases/{ground.ids['ben']}/rate")
    assert answer.headers["Location"] == f"/cases/{ground.ids['ben']}/second-rating"
