"""The matrix of a rehearsal: what each role can open in each phase by the table of rights, and as whom to look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor, Role, can_read, roles_in
from review.domain.access_grid import CONDITIONS
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import Case, Person, RoleGrant
from review.queries.standing import load_standing

ROLES: Mapping[Role, Text] = MappingProxyType(
    {
        Role.CANDIDATE: text("Candidate"),
        Role.GIVER: text("Giver of feedback"),
        Role.MANAGER: text("Manager"),
        Role.FORMER_MANAGER: text("Former manager"),
        Role.SKIP_LEVEL: text("Manager’s manager"),
        Role.SECOND_RATER: text("Second rater"),
        Role.MEMBER: text("Committee member"),
        Role.CHAIR: text("Chair"),
        Role.CONFLICTED_MEMBER: text("Member with a conflict"),
        Role.HR: text("HR partner"),
        Role.EXECUTIVE: text("Executive"),
        Role.APPEALS: text("Appeals panel"),
        Role.AUDITOR: text("Auditor"),
        Role.OTHER_EMPLOYEE: text("Somebody else"),
    }
)
PHASES: Mapping[Phase, Text] = MappingProxyType(
    {
        Phase.DRAFT: text("Nominated"),
        Phase.COLLECTING: text("Building the case"),
        Phase.SEALED: text("Packet sealed"),
        Phase.VOTING: text("Voting"),
        Phase.REVEALED: text("Discussion"),
        Phase.DECIDED: text("Decided"),
        Phase.ANNOUNCED: text("Announced"),
        Phase.CLOSED: text("Closed"),
    }
)
SIGHTS: Mapping[str, Text] = MappingProxyType(
    {
        "case.stage": text("the case and its stage"),
        "self_review.submitted": text("the self-review"),
        "evidence.attachment": text("evidence"),
        "feedback.own_draft": text("own feedback"),
        "feedback.text": text("what givers wrote"),
        "feedback.author": text("who wrote it"),
        "feedback.summary": text("the summary of feedback"),
        "first_view.locked": text("the first view"),
        "rating.final": text("the rating"),
        "second_rating.others": text("the second rating"),
        "packet.sealed": text("the packet"),
        "vote.own": text("the own vote"),
        "vote.others": text("all votes"),
        "discussion.notes": text("notes of the discussion"),
        "decision.outcome": text("the decision"),
        "appeal.text": text("the appeal"),
        "growth_plan": text("the growth plan"),
        "audit.events": text("the record"),
    }
)
"""What one can come to see of a case, by the object of the table of rights."""
PAGE = "case.stage"
"""The object of the table of rights that the page of a case is."""
ALL_CONDITIONS = frozenset(CONDITIONS.values())


@dataclass(frozen=True)
class Cell:
    """A role in a phase: what it can see by the table, and, where a case is there now, as whom to look at which."""

    role: Role
    phase: Phase
    sights: tuple[Text, ...]
    person_id: int | None = None
    case_id: int | None = None

    @property
    def key(self) -> str:
        """Return the cell's name, as it is kept once somebody has looked."""
        return f"{self.role}/{self.phase}"

    @property
    def path(self) -> str:
        """Return what to look at first: the case, or the home page of who has no page of it."""
        has_page = can_read(PAGE, {self.role}, self.phase, ALL_CONDITIONS)
        return f"/cases/{self.case_id}" if has_page else "/"


@dataclass(frozen=True)
class CastMember:
    """Somebody to look as, with the part they play."""

    id: int
    name: str
    part: str


def sights_of(role: Role, phase: Phase) -> tuple[Text, ...]:
    """Return what a role can see of a case in a phase by the table of rights, every condition being met."""
    return tuple(words for thing, words in SIGHTS.items() if can_read(thing, {role}, phase, ALL_CONDITIONS))


def list_cells(now_there: Mapping[tuple[Role, Phase], tuple[int, int]]) -> tuple[Cell, ...]:
    """Return the whole matrix, role by role, with whom `find_places` found."""
    return tuple(
        Cell(role, phase, sights_of(role, phase), *now_there.get((role, phase), (None, None)))
        for role in ROLES
        for phase in PHASES
    )


def find_places(session: Session, now: datetime) -> dict[tuple[Role, Phase], tuple[int, int]]:
    """Return, for each role and phase that is there now, a person and the case in which they have that role.

    It is whoever has the fewest other roles there: what they see, they see by this one.
    """
    people = _read_actors(session)
    found: dict[tuple[Role, Phase], tuple[int, int, int]] = {}
    for case in session.scalars(sa.select(Case).order_by(Case.id)).all():
        standing = load_standing(session, case.id, SYSTEM, now=now)
        for actor in people:
            held = roles_in(standing.parties, actor)
            for role in held:
                known = found.get((role, standing.phase))
                if known is None or len(held) < known[0]:
                    found[role, standing.phase] = (len(held), actor.person_id or 0, case.id)
    return {place: (person_id, case_id) for place, (_, person_id, case_id) in found.items()}


def list_cast(session: Session) -> tuple[CastMember, ...]:
    """Return everybody active, by part."""
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.external_id).where(Person.is_active).order_by(Person.external_id)
    )
    return tuple(CastMember(*row) for row in rows)


def _read_actors(session: Session) -> list[Actor]:
    """Return everybody active as who acts."""
    grants: dict[int, set[str]] = {}
    for person_id, role in session.execute(sa.select(RoleGrant.person_id, RoleGrant.role)):
        grants.setdefault(person_id, set()).add(role)
    rows = session.execute(sa.select(Person.id, Person.name).where(Person.is_active).order_by(Person.id))
    return [Actor(number, name, frozenset(grants.get(number, ()))) for number, name in rows]
