"""Everybody at every address of a world: what was seen by whom, and whether the grid lets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from flask.testing import FlaskClient

from tests.access import oracle
from tests.access.addresses import QUERIES, Address
from tests.access.canaries import Canary
from tests.access.cast import Player
from tests.access.excepted import CELLS_NOT_SHOWN, NOT_SHOWN, SHOWN_ALL_THE_SAME
from tests.access.signs import SIGNS
from tests.access.story import Story
from tests.access.visits import read
from tests.access.worlds import Kept

EARLY = frozenset({"draft", "collecting"})
LATER_ONLY = frozenset({"first_view_locked", "n3"})
Cell = tuple[str, str]
GIVEN = frozenset({"read", "write", "act"})


@dataclass
class Found:
    """What a crossing found: how much was tried, what was seen rightly by which cell, leaks, and exceptions met."""

    answers: int = 0
    channels: set[str] = field(default_factory=set)
    allowed: int = 0
    shown: set[Cell] = field(default_factory=set)
    leaks: set[tuple[str, str, str]] = field(default_factory=set)
    excepted: set[tuple[str, str, str]] = field(default_factory=set)


def conditions(stage: str) -> frozenset[str]:
    """Return the conditions of the grid that are true at a stage, as the story has it."""
    always = frozenset({"own_view", "n5", "second_person"})
    return always if stage in EARLY else always | LATER_ONLY


def rows_for(canary: Canary, person: str | None) -> frozenset[str]:
    """Return the rows by which somebody reads a word."""
    return canary.own_rows if person in canary.own else canary.rows


def may_see(canary: Canary, person: str | None, roles: frozenset[str], kept: Kept) -> bool:
    """Tell from the agreed table alone whether somebody with these roles may see a word at a stage."""
    return oracle.may_read(rows_for(canary, person), roles, kept.phase, conditions(kept.stage))


@dataclass
class Crossing:
    """One world, crossed by one actor after the other."""

    story: Story
    kept: Kept
    addresses: Sequence[Address]
    found: Found = field(default_factory=Found)
    questions: int = 1

    def walk(self, client: FlaskClient, player: Player) -> None:
        """Let one actor open every address, with its questions, and note what they see."""
        for address in self.addresses:
            for path in self._asked(address):
                with client.get(path) as answer:
                    self.found.channels.add(f"{address.endpoint} {answer.mimetype}")
                    text = read(answer)
                    self.note(text, player, address.endpoint, path, is_of_case=address.case_id is not None)
                    if answer.status_code == 200:
                        self._note_signs(text, player, address, path)

    def send(self, client: FlaskClient, player: Player) -> Iterator[Address]:
        """Let one actor send an empty form to every address; yield those where it took effect."""
        for address in self.addresses:
            with client.post(address.path, data={}) as answer:
                self.found.channels.add(f"{address.endpoint} {answer.status_code}")
                self.note(read(answer), player, address.endpoint, f"POST {address.path}", is_of_case=True)
                if answer.status_code == HTTPStatus.SEE_OTHER:
                    yield address

    def _asked(self, address: Address) -> Iterator[str]:
        yield address.path
        for query in QUERIES.get(address.endpoint, ())[: self.questions]:
            yield f"{address.path}?{query.format(word='nobody')}"

    def note(self, text: str, player: Player, endpoint: str, place: str, *, is_of_case: bool) -> None:
        """Note what a text shows to an actor, and what it should not."""
        self.found.answers += 1
        if self.story.link and player.actor != "external_giver" and self.story.link in text:
            self.found.leaks.add((player.actor, place, "link.secret"))
        person = "mira" if player.actor == "external_giver" else player.person
        for word in self.story.plot.look(text):
            canary = self.story.plot.planted[word]
            if may_see(canary, person, player.roles, self.kept):
                self.found.allowed += 1
                self.found.shown |= {(row, player.actor) for row in rows_for(canary, person)}
            elif canary.is_name and not is_of_case:
                continue
            else:
                self._note_leak((player.actor, endpoint, canary.place), place)

    def _note_leak(self, seen: tuple[str, str, str], place: str) -> None:
        if seen in SHOWN_ALL_THE_SAME:
            self.found.excepted.add(seen)
        else:
            self.found.leaks.add((seen[0], place, seen[2]))

    def _note_signs(self, text: str, player: Player, address: Address, path: str) -> None:
        for sign in SIGNS:
            if sign.endpoint == address.endpoint and sign.pattern.search(text):
                if self._is_given(sign.row, player):
                    self.found.shown.add((sign.row, player.actor))
                else:
                    self._note_leak((player.actor, address.endpoint, sign.row), path)

    def _is_given(self, thing: str, player: Player) -> bool:
        met = conditions(self.kept.stage)
        return any(oracle.right(thing, role, self.kept.phase, met) in GIVEN for role in player.roles)

    def not_shown(self, players: Sequence[Player]) -> list[Cell]:
        """Return the cells that the grid grants and nobody was shown, less those that are argued."""
        return sorted(self.granted(players) - self.found.shown - self.argued(players))

    def argued(self, players: Sequence[Player]) -> set[Cell]:
        """Return the cells that the grid grants and nobody was shown, for a reason that is kept."""
        unseen = self.granted(players) - self.found.shown
        return {cell for cell in unseen if (*cell, self.kept.stage) in CELLS_NOT_SHOWN}

    def granted(self, players: Sequence[Player]) -> set[Cell]:
        """Return the cells that the grid grants, of what a page could show."""
        return {
            (thing, player.actor)
            for player in players
            for thing in oracle.objects()
            if thing not in NOT_SHOWN and self._is_given(thing, player)
        }
