"""A story and the app in front of it: any stage can be brought back, and everybody let in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review import create_app
from review.extensions import db, make_engine
from review.models import Conflict
from review.web.outward_links import name_link
from tests.access.addresses import LINKS, Address, few_of, find_addresses, ids_of
from tests.access.cast import Player, Track, players
from tests.access.crossing import Crossing
from tests.access.story import Story
from tests.access.visits import open_client
from tests.access.worlds import Kept, bring, take, tell
from tests.compiled_once import COMPILED
from tests.conftest import NOW, HouseClient, make_settings

LAST = "closed"
ASKED_AT = frozenset({"built", "voting", "decided"})
"""At which stages a short crossing asks questions too: searches, orders, pages of lists."""
MOST_QUESTIONS = 9
MORE: Mapping[str, int] = {"feedback_id": 3, LINKS: 2}
"""Of which parts of an address a short crossing takes more than one."""
CALLS = 3_000_000
"""How many calls a program makes in a minute: the clock stands still, and nothing is to be refused for its number."""
METRICS = "a-token-of-the-monitor-" * 2
FIRST_LINKS = ("feedback of erin done", "decision.rationale")
"""The links of texts that a short crossing follows: those that tell most."""


@dataclass
class Theatre:
    """One database, one app; `path` is the database's file."""

    app: Flask
    engine: Engine
    path: Path
    story: Story
    kept: Mapping[str, Kept]

    def show(self, stage: str) -> Kept:
        """Bring a stage back: its rows and its moment."""
        kept = self.kept[stage]
        bring(self.path, kept.content)
        self.app.extensions["clock"] = lambda: kept.now
        return kept

    def addresses(self, session: Session, link: str = "", method: str = "GET") -> list[Address]:
        """Return the addresses of a short crossing."""
        ids = few_of(self.ids(session, link), more=MORE)
        return find_addresses(self.app, ids, method)

    def ids(self, session: Session, link: str = "") -> dict[str, tuple[object, ...]]:
        """Return all that each part of an address can be: rows, and links of texts by the words that stand for them."""
        with self.app.app_context():
            named = {name: name_link(self.story.case_id, each) for name, each in self.story.plot.linked.items()}
        first = tuple(named.pop(name) for name in FIRST_LINKS)
        return {**ids_of(session, link, self.story.case_id), LINKS: (*first, *named.values(), "0" * 20)}

    def cross(self, stage: str) -> Crossing:
        """Let every actor open one address of every route at a stage."""
        with Session(self.engine) as session:
            kept = self.show(stage)
            common = [each for each in self.addresses(session) if _is_of(stage, each)]
            links = _by_link(self.addresses(session, self.story.link))
            crossing = Crossing(self.story, kept, common, questions=int(stage in ASKED_AT))
            self._cross(session, crossing, common, links)
        return crossing

    def cross_fully(self, stage: str) -> Crossing:
        """Let every actor open every address there is at a stage, with every question."""
        with Session(self.engine) as session:
            kept = self.show(stage)
            common = find_addresses(self.app, self.ids(session), "GET")
            links = _by_link(find_addresses(self.app, self.ids(session, self.story.link), "GET"))
            crossing = Crossing(self.story, kept, common, questions=MOST_QUESTIONS)
            self._cross(session, crossing, common, links)
        return crossing

    def _cross(self, session: Session, crossing: Crossing, common: list[Address], links: list[Address]) -> None:
        for player in self.players(crossing.kept.stage):
            if player.actor == "conflicted_chair":
                self.put_out(session, "clara")
            crossing.addresses = [*common, *links] if player.actor == "external_giver" else common
            crossing.walk(self.let_in(session, crossing.kept, player), player)

    def let_in(self, session: Session, kept: Kept, player: Player) -> FlaskClient:
        """Return an actor's browser; whoever must open the packet first has opened it."""
        client = open_client(self.app, session, self.story, kept, player)
        client.post(f"/cases/{self.story.case_id}/packet/open").close()
        return client

    def send(self, stage: str) -> Crossing:
        """Let every actor send an empty form to every address of the case; what takes effect is undone at once."""
        kept = self.show(stage)
        with Session(self.engine) as session:
            forms = [each for each in self.addresses(session, method="POST") if each.case_id is not None]
            played = [player for player in self.players(stage) if player.actor != "conflicted_chair"]
            clients = [(player, self.let_in(session, kept, player)) for player in played]
        before, crossing = take(self.path), Crossing(self.story, kept, forms)
        for player, client in clients:
            for _took_effect in crossing.send(client, player):
                bring(self.path, before)
        return crossing

    def put_out(self, session: Session, key: str) -> None:
        """Put somebody out of the case, at whatever stage it is."""
        number = self.story.id(key)
        about = {"case_id": self.story.case_id, "person_id": number, "declared_by_id": number}
        session.add(Conflict(kind="other", reason="A late conflict", declared_at=self.story.now, **about))
        session.commit()

    def players(self, stage: str) -> Sequence[Player]:
        """Return who plays each actor at a stage."""
        return players(self.story.track, stage)

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.engine.dispose()
        self.engine.dispose()


def open_theatre(template: Path, folder: Path, track: Track, *, prints: bool) -> Theatre:
    """Tell the story of a track in a database of its own, and open an app in front of it."""
    path = folder / "world.db"
    shutil.copyfile(template, path)
    settings = make_settings(f"sqlite:///{path}", folder, api_calls=CALLS, metrics_token=METRICS)
    engine = make_engine(settings)
    with Session(engine) as session:
        story, kept = tell(session, settings, track, NOW, prints=prints)
    app = create_app(settings)
    app.test_client_class = HouseClient
    app.jinja_env.bytecode_cache = COMPILED
    return Theatre(app, engine, path, story, kept)


def _by_link(addresses: list[Address]) -> list[Address]:
    return [each for each in addresses if each.endpoint.startswith("outside")]


def _is_of(stage: str, address: Address) -> bool:
    return stage == LAST or address.is_of_cases
