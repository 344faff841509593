"""People who could be asked for feedback: found by words, or suggested because evidence or a no names them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Right
from review.domain.giver_load import Load, read_limits
from review.domain.named_people import find_named, fold
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import Feedback, Person
from review.queries.askable import find_obstacle_to_person
from review.queries.evidence import EvidenceRow, list_evidence
from review.queries.giver_load import measure_loads
from review.queries.people import PersonCard, find_people, may
from review.queries.standing import Standing

MOST_FOUND = 8
MOST_SUGGESTED = 6


@dataclass(frozen=True)
class FoundPerson:
    """Somebody who could be asked: how full they are, what speaks for them, and why they cannot be asked, if so."""

    card: PersonCard
    obstacle: Text | None
    load: Load
    reasons: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Found:
    """The people found or suggested; `has_more` when the words fit still others."""

    people: tuple[FoundPerson, ...] = ()
    has_more: bool = False

    @property
    def has_full(self) -> bool:
        """Tell whether somebody who could be asked is full."""
        return any(each.load.is_full and each.obstacle is None for each in self.people)


@dataclass(frozen=True)
class Listing:
    """What stands on the list already, as far as the actor sees it."""

    by_giver: Mapping[int, Feedback]
    substitutes: Sequence[tuple[int, str]]  # who was named by somebody who said no, and that somebody's name
    missing: tuple[str, ...]
    reports: frozenset[int]


@dataclass(frozen=True)
class _Ground:
    """What the people found stand on: the case, its list, and who its evidence names where."""

    standing: Standing
    listing: Listing
    cards: Mapping[int, PersonCard]
    named: Mapping[int, tuple[str, ...]]


def find_askable(session: Session, standing: Standing, listing: Listing, *, words: str) -> Found:
    """Return who fits the words, or without words who is suggested; nobody for who may not propose.

    Whoever is named in evidence is found by its number or title too, as far as the actor reads the evidence.
    """
    if not standing.may_write("feedback.proposals") or not may(standing.actor, Right.READ, "directory"):
        return Found()
    evidence = list_evidence(session, standing)
    named = find_named(_load_names(session), _texts(evidence)) if evidence else {}
    cards = _load_cards(session, {*named, *(person for person, _ in listing.substitutes)})
    ground = _Ground(standing, listing, cards, {who: where for who, where in named.items() if who in cards})
    if words.strip():
        return _search(session, ground, words, _about(evidence, words))
    order = [*(person for person, _ in listing.substitutes), *_by_need(ground)]
    free = [who for who in dict.fromkeys(order) if who in cards and _obstacle(ground, who) is None]
    shown = [cards[person] for person in free[:MOST_SUGGESTED]]
    return Found(_dress(session, ground, shown), len(free) > MOST_SUGGESTED)


def _search(session: Session, ground: _Ground, words: str, anchors: frozenset[str]) -> Found:
    directory = find_people(session, ground.standing.actor, words=words)
    there = [ground.cards[person] for person, where in ground.named.items() if anchors & set(where)]
    every = list({card.id: card for card in (*there, *directory.rows)}.values())
    has_more = len(every) > MOST_FOUND or directory.total > len(directory.rows)
    return Found(_dress(session, ground, every[:MOST_FOUND]), has_more)


def _dress(session: Session, ground: _Ground, cards: Sequence[PersonCard]) -> tuple[FoundPerson, ...]:
    case, limits = ground.standing.case, read_limits(ground.standing.cycle.policy)
    loads = measure_loads(session, [card.id for card in cards], limits, but_for_case=case.id)
    return tuple(
        FoundPerson(card, _obstacle(ground, card.id), loads[card.id], _reasons(ground, card)) for card in cards
    )


def _reasons(ground: _Ground, card: PersonCard) -> tuple[Text, ...]:
    listing, named = ground.listing, ground.named
    reasons = [text("%(name)s said no and suggests them", name=by) for who, by in listing.substitutes if who == card.id]
    if card.id in named:
        reasons.append(text("Named in %(evidence)s", evidence=", ".join(named[card.id])))
    if card.function in listing.missing:
        reasons.append(text("Nobody from %(function)s is asked yet", function=card.function))
    return tuple(reasons)


def _obstacle(ground: _Ground, person: int) -> Text | None:
    listing = ground.listing
    return find_obstacle_to_person(ground.standing, person, listing.by_giver.get(person), listing.reports)


def _by_need(ground: _Ground) -> list[int]:
    """Order people named in evidence: functions that are missing first, then who is named most."""
    cards, named, missing = ground.cards, ground.named, ground.listing.missing
    return sorted(named, key=lambda who: (cards[who].function not in missing, -len(named[who]), cards[who].name, who))


def _texts(evidence: Iterable[EvidenceRow]) -> list[tuple[str, str]]:
    return [
        (row.anchor, words)
        for row in evidence
        for words in (row.title, row.done, row.effect, row.measure, *(label for label, _ in row.links))
    ]


def _about(evidence: Iterable[EvidenceRow], words: str) -> frozenset[str]:
    """Return the anchors of the evidence that the words mean: its number, or words of its title."""
    wanted = set(fold(words))
    return frozenset(row.anchor for row in evidence if wanted and wanted <= {*fold(row.anchor), *fold(row.title)})


def _load_names(session: Session) -> dict[int, str]:
    """Return what everybody who is here is called, and no more: of nearly all of them nothing else is asked."""
    return dict(session.execute(sa.select(Person.id, Person.name).where(Person.is_active)).all())


def _load_cards(session: Session, people: Collection[int]) -> dict[int, PersonCard]:
    """Return the cards of those of these people who are here; no statement where there are none."""
    if not people:
        return {}
    columns = Person.id, Person.name, Person.title, Person.function, Person.is_active
    statement = sa.select(*columns).where(Person.is_active, Person.id.in_(people))
    return {row[0]: PersonCard(*row) for row in session.execute(statement)}
