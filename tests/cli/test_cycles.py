"""`dualtrack cycle new`, `check` and `release` on a real database: from a file, like an earlier one, by two persons."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.cases import cycle
from review.config import Settings
from review.models import Cycle, CycleDate
from tests.after_decision import decided_room, make_ready
from tests.conftest import environment
from tests.factories import Scene
from tests.many_letters import copy_letters

Run = Callable[..., Result]
FILE = """schema: review-cycle/1
code: 2127A
name: Spring 2127
zone: Europe/Berlin
country: DE
ladder: product-management 2026.1
workflows: {ic: ic 1, people: management 1}
dates:
  opening: 2127-03-03
  nomination_deadline: 10 working days after opening
  packet_deadline: 3 weeks after nomination_deadline
  feedback_deadline: 1 week before calibration_date
  calibration_date: 2127-05-12
  announcement_date: 1 week after calibration_date
  effective_date: 1 week after announcement_date
functions: [Engineering, Design]
eligibility: {min_months: 6, tracks: [ic]}
policy: {anonymity: {manager_sees_authors: true}}
"""


@pytest.fixture
def run(session: Session, settings: Settings) -> Run:
    """Return a function that runs the command in this test's installation, the test's own transaction ended."""

    def invoke(*arguments: str) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(cycle, arguments)

    return invoke


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cycle.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_cycle_from_a_file(session: Session, scene: Scene, run: Run, file: Path) -> None:
    made = run("new", str(file), "--by", "hanna", "--json")
    assert (made.exit_code, json.loads(made.output)) == (0, {"cycle": "2127A", "state": "draft", "left": []})
    row = session.scalars(sa.select(Cycle).where(Cycle.code == "2127A")).one()
    anonymity = {
        "candidate_sees_feedback": "summary",
        "manager_sees_authors": True,
        "candidate_sees_final_rating": True,
    }
    assert (row.policy["anonymity"], row.eligibility["min_months"]) == (anonymity, 6)
    days = session.execute(sa.select(CycleDate.name, CycleDate.on_day).where(CycleDate.cycle_id == row.id)).all()
    assert {name: day.isoformat() for name, day in days} == {
        "nomination_deadline": "2127-03-17",
        "packet_deadline": "2127-04-07",
        "feedback_deadline": "2127-05-05",
        "calibration_date": "2127-05-12",
        "announcement_date": "2127-05-19",
        "effective_date": "2127-05-26",
    }
    checked = run("check", "2127A", "--json")
    told = json.loads(checked.output)
    assert (checked.exit_code, told["shut"], len(told["lines"]) > 10) == (0, False, True)
    opened = run("open", "2127A", "--by", "hanna", "--json")
    assert (opened.exit_code, json.loads(opened.output)) == (0, {"cycle": "2127A", "state": "open"})


def test_faults_of_a_file_have_their_place(scene: Scene, run: Run, file: Path) -> None:
    file.write_text(FILE.replace("10 working days after opening", "soon").replace("zone:", "zoen:"), encoding="utf-8")
    assert run("new", str(file), "--by", "hanna").exit_code == 1
    file.write_text(FILE.replace("10 working days after opening", "soon"), encoding="utf-8")
    told = run("new", str(file), "--by", "hanna")
    expected = "a day such as 2027-01-11, or a rule such as 3 weeks before calibration_date"
    assert (told.exit_code, 'cycle.yaml:10:24: "soon" is no rule' in told.output + told.stderr) == (1, True)
    assert expected in told.output + told.stderr


def test_a_cycle_that_cannot_be_opened_says_why(scene: Scene, run: Run, file: Path) -> None:
    file.write_text(FILE.replace("[Engineering, Design]", "[Engineering]"), encoding="utf-8")
    assert run("new", str(file), "--by", "hanna").exit_code == 0
    why = "1 function is to be heard, but the workflow wants 2 of them: no packet could be sealed"
    checked, opened = run("check", "2127A"), run("open", "2127A", "--by", "hanna")
    assert (checked.exit_code, f"MISSING\t{why}" in checked.output.splitlines()) == (1, True)
    assert (opened.exit_code, opened.stderr) == (1, f"{why}\n")


def test_like_an_earlier_cycle(session: Session, scene: Scene, run: Run) -> None:
    made = run(
        "new", "--clone", "2026A", "--code", "2127B", "--name", "Next", "--opening", "2127-01-06", "--by", "hugo"
    )
    assert (made.exit_code, made.output) == (0, "2127B is set up as a draft\n")
    assert session.scalars(sa.select(Cycle.name).where(Cycle.code == "2127B")).one() == "Next"


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "--by", "hanna"),
        ("new", "--clone", "2026A", "--by", "hanna"),
        ("check", "2099Z"),
        ("release", "2099Z", "--by", "hanna"),
        ("release", "2026A", "--by", "greta"),
    ],
)
def test_wrong_usage(scene: Scene, run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_nothing_to_release_is_told(scene: Scene, run: Run) -> None:
    refused = run("release", "2026A", "--by", "hanna")
    assert (refused.exit_code, "Choose at least one letter" in refused.output + refused.stderr) == (1, True)


def test_of_more_letters_than_go_out_at_once_the_rest_is_another_batch(
    session: Session, run: Run, now: datetime
) -> None:
    room = decided_room(session, now)
    make_ready(room)
    copy_letters(room, 503)
    told = [json.loads(run("release", "2026A", "--by", "hanna", "--json").stdout) for _ in range(2)]
    assert [(each["batch"], each["cases"], each["left"]) for each in told] == [(1, 500, 4), (2, 4, 0)]
    approved = run("release", "2026A", "--by", "hugo", "--approve", "2")
    assert (approved.exit_code, approved.stdout) == (0, "4 letters are out\n")
