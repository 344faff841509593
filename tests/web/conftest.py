"""What most tests of pages begin with: the scene, and a door by which each of its people is let in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import Scene
from tests.signed_in import Door


@pytest.fixture
def door(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Door:
    """Return the door by which the people of the scene come in, one after the other."""
    return Door(client, session, now, scene.company.ids)


@pytest.fixture
def enter(door: Door) -> Callable[[str], FlaskClient]:
    """Return the function that signs one of the people of the scene in."""
    return door.enter
