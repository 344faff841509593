"""One case of a rehearsal as its people meet it at a moment: who they are, and what they may do now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NotFound, ReviewError
from review.domain.workflow import MAIN, Action, Definition, Option, Tokens, leaving
from review.models import Case, CaseToken, Evidence, PanelScore, Person, RoleGrant, Seat
from review.queries.actors import find_actor
from review.queries.pinned import load_definition
from review.queries.standing import Standing, load_standing
from review.rehearsal.cast import Plot
from review.services.transitions import fire

NOTE = "Said in a rehearsal."
APPEAL, INELIGIBLE = "appeal", "ineligible"
REGION_AT, MAIN_AT = 0.5, 0.85
"""How much of a stage goes by before somebody ends a part of it, and the stage itself."""
IN_OFFICE = frozenset({"executive", "appeals"})


@dataclass(slots=True)
class Scene:
    """A case at a moment; `share` is how much of the stage has gone by, from 0 to 1."""

    session: Session
    case: Case
    plot: Plot
    now: datetime
    share: float
    has_moved: bool = False
    actors: dict[int, Actor] = field(default_factory=dict)

    def actor(self, person_id: int) -> Actor:
        """Return somebody as who acts now."""
        if person_id not in self.actors:
            self.actors[person_id] = find_actor(self.session, person_id, today=self.now.date())
        return self.actors[person_id]

    def player(self, key: str) -> Actor:
        """Return somebody of the cast by their part."""
        return self.actor(self.session.scalars(sa.select(Person.id).where(Person.external_id == key)).one())

    def players(self, prefix: str) -> list[int]:
        """Return the numbers of everybody active whose part begins like this, in the order of the cast."""
        called = Person.external_id.startswith(prefix, autoescape=True)
        return list(self.session.scalars(sa.select(Person.id).where(called, Person.is_active).order_by(Person.id)))

    @property
    def candidate(self) -> Actor:
        """Return the candidate."""
        return self.actor(self.case.candidate_id)

    @property
    def manager(self) -> Actor:
        """Return the candidate's manager of now; HR where there is none."""
        return self.actor(self.case.manager_id) if self.case.manager_id else self.hr

    @property
    def hr(self) -> Actor:
        """Return the HR partner who runs the cycle."""
        return self.player("hr-1")

    def stand(self, actor: Actor) -> Standing:
        """Return how the case stands for somebody."""
        return load_standing(self.session, self.case.id, actor, now=self.now)

    @property
    def evidence(self) -> list[int]:
        """Return the numbers of the case's evidence."""
        return list(self.session.scalars(sa.select(Evidence.id).where(Evidence.case_id == self.case.id)))

    def attempt(self, act: Callable[..., object], *about: object, **named: object) -> bool:
        """Do something whole or not at all; tell whether it was done. What is refused stays to be done."""
        try:
            with self.session.begin_nested():
                act(*about, **named)
        except ReviewError:
            self.session.expire_all()
            return False
        self.has_moved = True
        return True

    def serve(self, service: Callable[..., object], *about: object, **named: object) -> bool:
        """Let a service do something for this case now, as attempt() does."""
        return self.attempt(service, self.session, self.case.id, *about, now=self.now, **named)

    def option(self, actor: Actor, *, action: str = "", form: str = "") -> Option | None:
        """Return what somebody can do here, by its name or the form it takes; None where they have no such thing."""
        with suppress(NotFound):
            return next((o for o in self.stand(actor).options() if o.id == action or (form and o.form == form)), None)
        return None

    def move(self, action: str, actor: Actor, **form: object) -> bool:
        """Make a move of the case."""
        return self.serve(fire, action, actor=actor, note=NOTE, form=form)

    def holders(self, roles: frozenset[str]) -> Iterator[Actor]:
        """Yield who may hold one of these roles of the workflow here; the candidate last, who could always leave."""
        found = [self.hr.person_id] if "hr" in roles else []
        if "manager" in roles:
            found.append(self.manager.person_id)
        if "second_rater" in roles:
            found.append(self.case.second_rater_id)
        if roles & {"chair", "member"}:
            seats = sa.select(Seat.person_id).where(Seat.case_id == self.case.id).order_by(Seat.role, Seat.id)
            found += self.session.scalars(seats)
        office = sa.select(RoleGrant.person_id).where(RoleGrant.role.in_(roles & IN_OFFICE)).order_by(RoleGrant.id)
        found += self.session.scalars(office)
        if "panelist" in roles:
            found += self.session.scalars(sa.select(PanelScore.person_id).where(PanelScore.case_id == self.case.id))
        if "candidate" in roles:
            found.append(self.case.candidate_id)
        for number in dict.fromkeys(found):
            if number is not None:
                yield self.actor(number)


def go_on(scene: Scene) -> None:
    """Make the next plain move that somebody can make: forward, to the nearest state, without a form of its own."""
    definition = load_definition(scene.session, scene.case.workflow_version_id)
    rows = sa.select(CaseToken.region, CaseToken.state).where(CaseToken.case_id == scene.case.id)
    tokens = dict(scene.session.execute(rows).all())
    for name, action in _ahead(definition, tokens, scene.share):
        for actor in scene.holders(frozenset(action.by)):
            option = scene.option(actor, action=name)
            if option is not None and option.is_allowed and scene.move(name, actor):
                return


def _ahead(definition: Definition, tokens: Tokens, share: float) -> list[tuple[str, Action]]:
    """Return what leads forward and is due: of each region what goes to the nearest state, made with a press alone."""
    nearest: dict[str, list[tuple[int, str, Action]]] = {}
    for region, name, action in leaving(definition, tokens):
        steps = _steps(definition, tokens, region, action)
        if steps > 0 and action.form != APPEAL and share >= (MAIN_AT if region == MAIN else REGION_AT):
            nearest.setdefault(region, []).append((steps, name, action))
    return [
        (name, action)
        for found in nearest.values()
        for steps, name, action in found
        if steps == min(found, key=itemgetter(0))[0]
        if not (action.form or action.decision or "release_letter" in action.do)
    ]


def _steps(definition: Definition, tokens: Tokens, region: str, action: Action) -> int:
    """Return how far an action leads: by phase, then in the order of the workflow; 0 for a way back or out."""
    inner = definition if region == MAIN else definition.states[tokens[MAIN]].regions[region]
    order, here = list(inner.states), tokens[region]
    further = order.index(action.to) - order.index(here)
    if action.back or action.bail or inner.states[action.to].outcome == INELIGIBLE:
        return 0
    before, after = inner.states[here].phase, inner.states[action.to].phase
    if before is None or after is None:
        return max(further, 0)
    return max((after.rank - before.rank) * len(order) + (further if further > 0 else len(order)), 0)
