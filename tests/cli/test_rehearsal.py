"""`dualtrack cycle rehearse` on a real database: what would go wrong, by its exit status and in JSON."""

from __future__ import annotations

import json
from datetime import datetime

from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.cases import cycle
from review.config import Settings
from review.services.committees import create_committee, set_member
from review.services.cycles import create_cycle
from tests.cli.test_cases import plan_ahead
from tests.conftest import environment
from tests.factories import Scene
from tests.personas import COMMITTEE

CASES = 9
ONE_COMMITTEE = "Not tried: an appeal that is granted. It needs another committee, and the draft has one"
NO_COMMITTEE = "There is no committee: no packet can be sealed"


def rehearse(session: Session, settings: Settings, *more: str) -> Result:
    """Look for faults of the draft 2027A; without walking it, where nothing else is said."""
    session.commit()
    arguments = ["rehearse", "2027A", *(more or ("--no-play",))]
    return CliRunner(env=environment(settings)).invoke(cycle, arguments)


def test_a_draft_is_rehearsed_and_nothing_is_kept(
    session: Session, settings: Settings, scene: Scene, now: datetime
) -> None:
    hanna = scene.actor("hanna")
    draft = create_cycle(session, plan_ahead(session, scene), actor=hanna, now=now)
    committee = create_committee(session, draft.id, "Committee B", actor=hanna, now=now)
    for key, role in COMMITTEE.items():
        set_member(session, committee.id, scene.id(key), role, actor=hanna, now=now)
    result = rehearse(session, settings, "--no-play", "--json")
    found = json.loads(result.output)
    assert (result.exit_code, found["result"], found["faults"], found["refusal"]) == (0, "passed", [], "")
    assert (len(found["cases"]), found["notes"]) == (CASES, [ONE_COMMITTEE])
    assert not (settings.var_dir / "rehearsals").exists()


def test_what_would_go_wrong_is_said(session: Session, settings: Settings, scene: Scene, now: datetime) -> None:
    create_cycle(session, plan_ahead(session, scene), actor=scene.actor("hanna"), now=now)
    result = rehearse(session, settings)
    lines = result.output.splitlines()
    assert (result.exit_code, f"fault: {NO_COMMITTEE}" in lines, lines[-1]) == (1, True, "failed")
    assert rehearse(session, settings, "--strange").exit_code == 2


def test_a_walk_that_goes_no_further_says_which_case_waits_for_what(
    session: Session, settings: Settings, scene: Scene, now: datetime
) -> None:
    """Played to where no packet can be sealed: every case but the one that is withdrawn waits for a committee."""
    create_cycle(session, plan_ahead(session, scene), actor=scene.actor("hanna"), now=now)
    result = rehearse(session, settings, "--play", "--json")
    found = json.loads(result.output)
    assert (result.exit_code, found["result"], found["is_over"]) == (1, "failed", False)
    stuck = {fault.partition(" goes no further: ")[0] for fault in found["faults"]} - {NO_COMMITTEE}
    assert stuck == {code for code, _plot, _state, outcome in found["cases"] if not outcome}
    assert len(stuck) == CASES - 1
    assert sorted({plot for _code, plot, _state, outcome in found["cases"] if outcome}) == ["withdrawn"]
    assert dict(found["mails"])["answer_request"] > 0
    assert not (settings.var_dir / "mail").exists()
    unknown = CliRunner(env=environment(settings)).invoke(cycle, ["rehearse", "2099Z"])
    assert (unknown.exit_code, "There is no draft with the code 2099Z." in unknown.output) == (2, True)
