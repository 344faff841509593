"""Searching for a word that is planted: who may not read where it stands is given what a word of nobody would give."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.access.crossing import may_see
from tests.access.excepted import SHOWN_ALL_THE_SAME
from tests.access.theatre import Theatre
from tests.access.visits import read, without_tokens

MARK = re.compile(r"ETag: [^\n]*")
"""Made of the address that was asked for too."""
OF_NOBODY = "qx9999zk"
"""As long as a planted word, and planted nowhere."""
PLACES = ("case.code", "name of mira", "feedback of erin done", "evidence 1 title")
"""Where the words stand that everybody looks for: in what lists are searched by, and in what is hidden most."""


@dataclass
class Searched:
    """How many searches were compared, and whose told them more than they may read, with reason or without."""

    tried: int = 0
    told: list[tuple[str, str, str]] = field(default_factory=list)
    found: set[tuple[str, str]] = field(default_factory=set)
    excepted: set[tuple[str, str, str]] = field(default_factory=set)


def cross_searches(theatre: Theatre, stage: str) -> Searched:
    """Let everybody look for each word in every search there is."""
    kept, story, searched = theatre.show(stage), theatre.story, Searched()
    words = {each.place: each for each in story.plot.planted.values() if each.place in PLACES}
    asks = _searches(theatre)
    with Session(theatre.engine) as session:
        for player in theatre.players(stage):
            if player.actor == "conflicted_chair":
                theatre.put_out(session, "clara")
            client = theatre.let_in(session, kept, player)
            for endpoint, ask in asks:
                plain = _answer(client, ask, OF_NOBODY)
                for place, canary in words.items():
                    searched.tried += 1
                    if _answer(client, ask, canary.word).replace(canary.word, OF_NOBODY) == plain:
                        continue
                    searched.found.add((player.actor, place))
                    if may_see(canary, player.person, player.roles, kept):
                        continue
                    if (player.actor, endpoint, place) in SHOWN_ALL_THE_SAME:
                        searched.excepted.add((player.actor, endpoint, place))
                    else:
                        searched.told.append((player.actor, endpoint, place))
    return searched


def _searches(theatre: Theatre) -> tuple[tuple[str, str], ...]:
    case, cycle = f"/cases/{theatre.story.case_id}", f"/cycles/{theatre.story.scene.cycle_id}"
    return (
        ("people.search", "/people?words="),
        ("people.table", "/people/table.csv?words="),
        ("cycles.detail", f"{cycle}?words="),
        ("eligibility.table", f"{cycle}/eligibility/people.csv?words="),
        ("api.list_people", "/api/v1/people?words="),
        ("api.list_cases", f"/api/v1{cycle}/cases?words="),
        ("cycles.table", f"{cycle}/cases.csv?words="),
        ("feedback.ask", f"{case}/ask?q="),
        ("growth.detail", f"{case}/growth-plan?q="),
        ("audit.show", "/audit?case="),
        ("audit.show", "/audit?who="),
    )


def _answer(client: FlaskClient, ask: str, word: str) -> str:
    with client.get(f"{ask}{word}") as answer:
        return MARK.sub("", without_tokens(read(answer)))
