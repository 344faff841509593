"""The page of what waits for a second person: who may settle it there, and who is told why they may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.proposals import Kind
from tests.factories import Scene, open_scene
from tests.services.test_proposals import WAYS
from tests.signed_in import Door, soup, words

OWN = "You proposed it, so a second person must publish it"
FOR_THEM = "It was proposed on your behalf, so a second person must publish it"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    return open_scene(session, now)


def offers(door: Door, key: str, path: str) -> Iterator[str]:
    """Yield what the page of a proposal lets somebody do with it, and why not more."""
    answer = door.enter(key).get(path)
    assert answer.status_code == 200
    yield from (each for each in (OWN, FOR_THEM) if each in words(answer))
    acts = [str(form["action"]).rpartition("/")[2] for form in soup(answer).select(".note form[action]")]
    yield from (each for each in acts if each in {"publish", "discard"})
    if soup(answer).select(".note form [name=why]"):
        yield "why"


@pytest.mark.parametrize("kind", [kind for kind in WAYS if kind is not Kind.ERASURE])
def test_neither_a_delegate_nor_whom_it_was_made_for_is_offered_to_publish(
    client: FlaskClient, session: Session, scene: Scene, now: datetime, kind: Kind
) -> None:
    way, otto = WAYS[kind], scene.actor("otto")
    way.propose(session, replace(otto, delegators={scene.id("hanna"): frozenset({"hr"})}), now)
    session.commit()
    door = Door(client, session, now, scene.company.ids)
    page = way.links[0]
    assert list(offers(door, "hanna", page)) == [FOR_THEM, "discard", "why"]
    assert list(offers(door, "hugo", page)) == ["publish", "discard", "why"]


@pytest.mark.parametrize("kind", [kind for kind in WAYS if kind is not Kind.ERASURE])
def test_who_proposed_it_takes_it_back_without_a_word(
    client: FlaskClient, session: Session, scene: Scene, now: datetime, kind: Kind
) -> None:
    WAYS[kind].propose(session, scene.actor("hanna"), now)
    session.commit()
    door = Door(client, session, now, scene.company.ids)
    assert list(offers(door, "hanna", WAYS[kind].links[0])) == [OWN, "discard"]
