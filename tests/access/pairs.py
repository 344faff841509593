"""Compares what people are given in two databases that differ in secrets, and of a hidden case and of none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import zip_longest

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.access import oracle
from tests.access.addresses import NOWHERE, Address, few_of, find_addresses
from tests.access.cast import Player
from tests.access.crossing import conditions
from tests.access.excepted import SHOWN_ALL_THE_SAME
from tests.access.theatre import Theatre
from tests.access.twins import SECRETS, Secret
from tests.access.visits import open_client, read, without_tokens
from tests.access.worlds import Kept, bring, take

Statements = Callable[[], AbstractContextManager[list[str]]]
CASE = re.compile(r"(/|%2F)cases(/|%2F)\d+")
"""The address that was asked for, which an answer may give back."""
NO_CASE = 9
"""No case has this number; it is as long as that of the one there is, which an answer may give back."""
Audience = list[tuple[Player, FlaskClient, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two answers that should be one: to whom, at which address, and the first line of each that the other has not."""

    actor: str
    path: str
    one: str
    other: str


@dataclass
class Compared:
    """How many answers were compared, and which differ."""

    tried: int = 0
    differ: list[Difference] = field(default_factory=list)

    def compare(self, actor: str, path: str, one: str, other: str) -> None:
        """Count a pair of answers; keep where they part."""
        self.tried += 1
        if one != other:
            lines = zip_longest(one.splitlines(), other.splitlines(), fillvalue="")
            first = next(((mine, theirs) for mine, theirs in lines if mine != theirs), (one, other))
            self.differ.append(Difference(actor, path, *(line.strip() for line in first)))


def is_denied(secret: Secret, player: Player, kept: Kept) -> bool:
    """Tell from the agreed table whether an actor may not know a secret."""
    person = "mira" if player.actor == "external_giver" else player.person
    rows = secret.own_rows if person is not None and person == secret.own else secret.rows
    return not oracle.may_read(rows.split(), player.roles, kept.phase, conditions(kept.stage))


def compare_twins(theatre: Theatre, stage: str) -> Compared:
    """Show each actor a stage, then the same with every secret changed that they may not know."""
    kept, compared = theatre.show(stage), Compared()
    secrets = {name: secret for name, secret in SECRETS.items() if secret.stage == stage}
    with Session(theatre.engine) as session:
        addresses = [each for each in theatre.addresses(session) if each.is_of_cases]
        clients = list(_let_in(theatre, kept, session))
    one = take(theatre.path)
    for denied, audience in _by_denied(secrets, clients, addresses, kept).items():
        bring(theatre.path, one)
        with Session(theatre.engine) as session:
            for name in sorted(denied):
                secrets[name].change(session, theatre.story)
            session.commit()
        for player, client, shown in audience:
            other = _visit(client, addresses)
            for path, before in shown.items():
                compared.compare(player.actor, path, before, other[path])
        bring(theatre.path, one)
    return compared


def _by_denied(
    secrets: Mapping[str, Secret], clients: list[tuple[Player, FlaskClient]], addresses: list[Address], kept: Kept
) -> dict[frozenset[str], Audience]:
    """Return who may not know the same secrets, with what they are shown before any is changed."""
    alike: dict[frozenset[str], Audience] = defaultdict(list)
    for player, client in clients:
        denied = frozenset(name for name, secret in secrets.items() if is_denied(secret, player, kept))
        alike[denied].append((player, client, _visit(client, addresses)))
    return alike


def compare_with_none(theatre: Theatre, stage: str, statements: Statements) -> Compared:
    """Compare a case with none, for everybody who may not know of it: answers and the number of statements."""
    kept, compared = theatre.show(stage), Compared()
    with Session(theatre.engine) as session:
        clients = list(_let_in(theatre, kept, session))
        ids = few_of(theatre.ids(session), more={})
    here, none = ids, {**ids, "case_id": (NO_CASE,)}
    pairs = [
        (method, real, other)
        for method in ("GET", "POST")
        for real, other in zip(*(find_addresses(theatre.app, each, method) for each in (here, none)), strict=True)
        if real.case_id
    ]
    for player, client in clients:
        if not oracle.may_read(["case.existence"], player.roles, kept.phase, conditions(stage)):
            for method, real, other in pairs:
                if (player.actor, real.endpoint, "case.code") not in SHOWN_ALL_THE_SAME:
                    told = [_ask(client, method, each.path, statements) for each in (real, other)]
                    compared.compare(player.actor, f"{method} {real.path}", *told)
    return compared


def _ask(client: FlaskClient, method: str, path: str, statements: Statements) -> str:
    with statements() as issued, client.open(path, method=method) as answer:
        shown = CASE.sub("a case", without_tokens(read(answer)))
    return f"{len(issued)} statements\n{shown}"


def _let_in(theatre: Theatre, kept: Kept, session: Session) -> Iterator[tuple[Player, FlaskClient]]:
    for player in theatre.players(kept.stage):
        if player.actor != "conflicted_chair":
            client = open_client(theatre.app, session, theatre.story, kept, player)
            client.post(f"/cases/{NOWHERE}/packet/open").close()
            yield player, client


def _visit(client: FlaskClient, addresses: list[Address]) -> dict[str, str]:
    shown = {}
    for address in addresses:
        with client.get(address.path) as answer:
            shown[address.path] = without_tokens(read(answer))
    return shown
