"""The appeal of a case: what was filed and how it was answered, as far as its reader may know."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.letter import GROUNDS
from review.domain.text import Text
from review.domain.values import dataclass
from review.domain.workflow import MAIN, Option
from review.models import Appeal, CaseToken, Person
from review.queries.changed_ratings import ChangedRating, list_changed
from review.queries.standing import Standing

THING = "appeal.text"


@dataclass(frozen=True)
class AppealRow:
    """An appeal; without a result it is open, or was withdrawn."""

    ground: Text
    body: str
    filed_at: datetime
    result: str | None
    reason: str
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True)
class AppealPage:
    """The appeals of a case, what the actor can do, and until when."""

    appeals: tuple[AppealRow, ...]
    filing: Option | None
    others: tuple[Option, ...]
    due_on: date | None
    changed: tuple[ChangedRating, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether an appeal waits for its answer."""
        return bool(self.others) or any(each.decided_at is None for each in self.appeals)


def load_appeal_page(session: Session, standing: Standing) -> AppealPage | None:
    """Return the page; None for whoever may not read appeals here, or when there is nothing to read or to file."""
    if not standing.may_read(THING):
        return None
    appeals = _list_appeals(session, standing)
    options = standing.options()
    filing = next((each for each in options if each.form == "appeal"), None)
    if not appeals and filing is None:
        return None
    answers = standing.definition.actions
    others = tuple(each for each in options if each.region == MAIN and standing.parties.is_appealed)
    due_at = session.scalar(
        sa.select(CaseToken.due_at).where(CaseToken.case_id == standing.case.id, CaseToken.region == MAIN)
    )
    return AppealPage(
        appeals=appeals,
        filing=filing,
        others=tuple(each for each in others if not answers[each.id].bail),
        due_on=due_at.astimezone(ZoneInfo(standing.cycle.zone)).date() if due_at else None,
        changed=list_changed(session, standing),
    )


def _list_appeals(session: Session, standing: Standing) -> tuple[AppealRow, ...]:
    rows = session.execute(
        sa.select(Appeal, Person.name)
        .outerjoin(Person, Person.id == Appeal.decided_by_id)
        .where(Appeal.case_id == standing.case.id)
        .order_by(Appeal.id)
    )
    shows_name = "candidate" not in standing.roles
    return tuple(
        AppealRow(
            GROUNDS[appeal.ground],
            appeal.body,
            appeal.filed_at,
            appeal.result,
            appeal.reason,
            (name or "") if shows_name else "",
            appeal.decided_at,
        )
        for appeal, name in rows
    )
