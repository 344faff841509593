"""Setting up a cycle step by step: each step kept when it is left, in any order; faults with their place."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Cycle, CycleDate
from review.services.cycles import create_cycle
from review.web.cycle_steps import STEPS
from tests.factories import DATES, Scene, next_plan, open_scene
from tests.signed_in import Door, faults, listed, soup, words


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    return open_scene(session, now)


@pytest.fixture
def door(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Door:
    return Door(client, session, now, scene.company.ids)


@pytest.fixture
def draft(session: Session, scene: Scene, now: datetime) -> str:
    cycle = create_cycle(session, next_plan(session, scene), actor=scene.actor("hanna"), now=now)
    session.commit()
    return f"/cycles/{cycle.id}"


@pytest.mark.parametrize("step", STEPS)
def test_smoke(draft: str, door: Door, step: str) -> None:
    answer = door.enter("hanna").get(f"{draft}/set-up/{step}")
    assert answer.status_code == 200
