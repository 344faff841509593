"""The leadership panel of a case: HR's page of who was invited, and each member's page of their own score."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.level_text import LevelText, describe_level
from review.domain.values import dataclass
from review.domain.workflow import Option
from review.models import PanelScore, Person
from review.queries.people_words import match_words
from review.queries.standing import Standing

REGION, OPEN = "panel", "scheduled"
MOST_OFFERED = 24


@dataclass(frozen=True)
class PanelistRow:
    """A member of the panel; not what they scored, which the packet shows once it is sealed."""

    name: str
    title: str
    has_scored: bool


@dataclass(frozen=True)
class CriterionText:
    """What the ladder asks in a criterion, at the candidate's level and at the target."""

    name: str
    start: LevelText | None
    target: LevelText | None


@dataclass(frozen=True)
class OwnScore:
    """A member's own score."""

    value: int | None
    reason: str
    version: int
    scored_at: datetime | None


@dataclass(frozen=True)
class PanelPage:
    """The page: `own` for a member, `members` and `options` for HR; everything else is the ladder's."""

    own: OwnScore | None
    members: tuple[PanelistRow, ...]
    options: tuple[Option, ...]
    is_open: bool
    meets_at: datetime | None
    criteria: tuple[CriterionText, ...]


@dataclass(frozen=True)
class Offered:
    """People who can be invited, as (id, label); `has_more` when the words fit still others."""

    people: tuple[tuple[int, str], ...]
    has_more: bool


def load_panel_page(session: Session, standing: Standing) -> PanelPage | None:
    """Return the page; None for anybody but HR who run the case, while it has a panel, and the panel's members."""
    runs = "hr" in standing.workflow_roles and REGION in standing.facts.tokens
    rows = session.execute(
        sa.select(PanelScore, Person.name, Person.title)
        .join(Person, Person.id == PanelScore.person_id)
        .where(PanelScore.case_id == standing.case.id)
        .order_by(Person.name)
    ).all()
    own = next((row for row, _, _ in rows if row.person_id == standing.actor.person_id), None)
    if not runs and own is None:
        return None
    return PanelPage(
        own=OwnScore(own.value, own.reason, own.version, own.scored_at) if own else None,
        members=tuple(PanelistRow(name, title, row.scored_at is not None) for row, name, title in rows) if runs else (),
        options=tuple(each for each in standing.options() if each.region == REGION) if runs else (),
        is_open=standing.facts.tokens.get(REGION) == OPEN,
        meets_at=next((row.meets_at for row, _, _ in rows), None),
        criteria=_criteria(standing),
    )


def find_possible_panelists(
    session: Session, standing: Standing, *, words: str = "", chosen: Collection[int] = ()
) -> Offered:
    """Return people who lead somebody and are not close to the candidate: the chosen, then those who fit the words."""
    parties = standing.parties
    close = parties.conflicts | parties.chain | parties.skip_level_ids | {parties.candidate_id, parties.manager_id or 0}
    report = sa.orm.aliased(Person)
    leads = sa.exists().where(report.manager_id == Person.id, report.is_active)
    is_chosen, fits = Person.id.in_(chosen), sa.and_(sa.true(), *match_words(words))
    most = MOST_OFFERED + len(chosen)
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.title)
        .where(Person.is_active, Person.id.not_in(close), leads, sa.or_(is_chosen, fits))
        .order_by(is_chosen.desc(), Person.name, Person.id)
        .limit(most + 1)
    ).all()
    labels = ((row.id, f"{row.name}, {row.title}" if row.title else row.name) for row in rows[:most])
    return Offered(tuple(labels), has_more=len(rows) > most)


def _criteria(standing: Standing) -> tuple[CriterionText, ...]:
    case, ladder = standing.case, standing.ladder
    return tuple(
        CriterionText(
            each.name_for(case.track_id),
            describe_level(ladder, each.id, case.from_level_id),
            describe_level(ladder, each.id, case.to_level_id),
        )
        for each in standing.criteria
    )
