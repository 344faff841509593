"""Preferences: the hours without mail."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Person
from tests.factories import open_scene
from tests.signed_in import Door, soup

CHOSEN = {"theme": "system", "keys": "on", "locale": "", "zone": "Asia/Kolkata"}


@pytest.mark.parametrize(
    ("given", "kept", "shown"),
    [
        (("20", "7"), (20, 7), ["20", "7"]),
        (("0", "6"), (0, 6), ["0", "6"]),
        (("20", ""), (None, None), ["", ""]),
        (("9", "9"), (None, None), ["", ""]),
    ],
)
def test_hours_without_mail(
    client: FlaskClient,
    session: Session,
    now: datetime,
    given: tuple[str, str],
    kept: tuple[int | None, int | None],
    shown: list[str],
) -> None:
    scene = open_scene(session, now)
    own = Door(client, session, now, scene.company.ids).enter("erin")
    data = CHOSEN | {"quiet_from": given[0], "quiet_until": given[1]}
    assert own.post("/preferences", data=data).status_code == 303
    erin = session.get_one(Person, scene.id("erin"), populate_existing=True)
    assert ((erin.quiet_from, erin.quiet_until), erin.zone) == (kept, "Asia/Kolkata")
    page = soup(own.get("/preferences"))
    assert [page.select_one(f"#quiet_{end} option[selected]")["value"] for end in ("from", "until")] == shown  # type: ignore[index]


def test_an_hour_that_is_none(client: FlaskClient, session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    own = Door(client, session, now, scene.company.ids).enter("erin")
    assert own.post("/preferences", data=CHOSEN | {"quiet_from": "25", "quiet_until": "7"}).status_code == 422
