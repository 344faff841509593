"""The page of what waits for a second person: who may settle it there, and who is told why they may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.proposals import Kind
from review.models import Conflict
from review.queries.proposals import list_proposals
from review.services.releases import approve_release, prepare_release
from tests.after_decision import decided_room, make_ready
from tests.factories import Scene
from tests.services.test_proposals import WAYS
from tests.signed_in import Door, soup, words

OWN = "You proposed it, so a second person must publish it"
FOR_THEM = "It was proposed on your behalf, so a second person must publish it"


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


def test_a_batch_of_letters_waits_for_the_other_partner_in_person(
    client: FlaskClient, session: Session, now: datetime
) -> None:
    """Not for who prepared it, nobody on their behalf, and nobody who is too close to a case in it."""
    room = decided_room(session, now, "decide_not_yet")
    make_ready(room)
    cycle_id, hugo, otto = room.scene.cycle_id, room.actor("hugo"), room.actor("otto")
    batch = prepare_release(session, cycle_id, [room.case_id], actor=room.actor("hanna"), now=now)
    assert batch is not None
    session.commit()
    door = Door(client, session, now, room.scene.company.ids)
    line = soup(door.enter("hugo").get("/")).select_one(".todo .what a[href$='/release']")
    assert line is not None
    assert (line.text, line["href"]) == (
        "Approve a batch of letters, or cancel it: Autumn 2026",
        f"/cycles/{cycle_id}/release",
    )
    assert client.get(str(line["href"])).status_code == 200
    for_hugo = replace(otto, delegators={hugo.person_id or 0: frozenset({"hr"})})
    assert [_letters(session, each) for each in (hugo, room.actor("hanna"), for_hugo)] == [1, 0, 0]
    near = {"kind": "close_personal", "reason": "", "declared_by_id": hugo.person_id, "declared_at": now}
    conflict = Conflict(case_id=room.case_id, person_id=hugo.person_id, **near)
    session.add(conflict)
    session.flush()
    assert _letters(session, hugo) == 0
    session.delete(conflict)
    session.flush()
    approve_release(session, cycle_id, batch.id, actor=hugo, now=now)
    assert _letters(session, hugo) == 0


def _letters(session: Session, actor: Actor) -> int:
    return sum(row.proposal.kind is Kind.LETTERS for row in list_proposals(session, actor))
