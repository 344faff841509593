"""`dualtrack cycle rehearse` on a real database: what would go wrong, by its exit status and in JSON."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.cases import cycle
from review.config import Settings
from review.services.committees import create_committee, set_member
from review.services.cycles import create_cycle
from tests.cli.test_cases import plan_ahead
from tests.conftest import environment
from tests.factories import Scene, open_scene
from tests.personas import COMMITTEE

CASES = 9
NO_COMMITTEE = "There is no committee: no packet can be sealed"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    return open_scene(session, now)


def rehearse(session: Session, settings: Settings, *more: str) -> Result:
    """Look for faults of the draft 2027A without walking it."""
    session.commit()
    arguments = ["rehearse", "2027A", "--no-play", *more]
    return CliRunner(env=environment(settings)).invoke(cycle, arguments)


def test_a_draft_is_rehearsed_and_nothing_is_kept(
    session: Session, settings: Settings, scene: Scene, now: datetime
) -> None:
    hanna = scene.actor("hanna")
    draft = create_cycle(session, plan_ahead(session, scene), actor=hanna, now=now)
    committee = create_committee(session, draft.id, "Committee B", actor=hanna, now=now)
    for key, role in COMMITTEE.items():
        set_member(session, committee.id, scene.id(key), role, actor=hanna, now=now)
    result = rehearse(session, settings, "--json")
    found = json.loads(result.output)
    assert (result.exit_code, found["faults"], found["refusal"], len(found["cases"])) == (0, [], "", CASES)
    assert not (settings.var_dir / "rehearsals").exists()


def test_what_would_go_wrong_is_said(session: Session, settings: Settings, scene: Scene, now: datetime) -> None:
    create_cycle(session, plan_ahead(session, scene), actor=scene.actor("hanna"), now=now)
    result = rehearse(session, settings)
    assert (result.exit_code, f"fault: {NO_COMMITTEE}" in result.output.splitlines()) == (1, True)
    assert rehearse(session, settings, "--strange").exit_code == 2
