"""The stage of the demo: who is who, what has been made so far, and the list of what happens when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, time
from functools import partial
from random import Random

from sqlalchemy.orm import Session

from review.demo.company import place_day
from review.demo.content import Case, DemoContent, Milestone
from review.demo.moments import Moments
from review.demo.press import Press
from review.demo.script import Delegation, anchors_in, fill_anchors
from review.domain.access import Actor
from review.domain.ladder import Ladder
from review.domain.packet_anchors import evidence_anchor, number_feedback
from review.domain.values import dataclass
from review.models import Case as CaseRow
from review.services.transitions import fire

YESTERDAY_EVENING = time(17, 30)


@dataclass(frozen=True)
class Step:
    """Something that somebody does at a moment."""

    at: datetime
    play: Callable[[], object]


@dataclass(slots=True)
class Stage:
    """The whole demo while it is built. `steps` is played in the order of the moments, not of the cases."""

    session: Session
    content: DemoContent
    moments: Moments
    press: Press
    random: Random
    ladder_version_id: int
    ladder: Ladder
    ids: dict[str, int] = field(default_factory=dict)
    cycles: dict[str, int] = field(default_factory=dict)
    committees: dict[str, int] = field(default_factory=dict)
    releases: dict[int, int] = field(default_factory=dict)
    cases: dict[str, CaseStage] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def add(self, at: datetime, do: Callable[..., object], *args: object) -> None:
        """Put a step on the list: `do(*args, now=at)`."""
        self.steps.append(Step(at, partial(do, *args, now=at)))

    def actor(self, person: str, now: datetime) -> Actor:
        """Return somebody as who acts at a moment: with their company roles, and for whom they may act then."""
        lenders = {each.person for each in self._delegations(now) if each.delegate == person}
        return Actor(
            self.ids[person],
            self.content.person(person).name,
            self._roles(person),
            {self.ids[lender]: self._roles(lender) for lender in sorted(lenders)},
        )

    def stand_in(self, person: str, now: datetime) -> Actor:
        """Return somebody as who acts, or whoever acts for them while they are away."""
        away = {each.person: each.delegate for each in self._delegations(now)}
        return self.actor(away.get(person, person), now)

    @property
    def last(self) -> datetime:
        """Return the last moment at which anything happens."""
        return self.moments.on(-1, YESTERDAY_EVENING)

    def _roles(self, person: str) -> frozenset[str]:
        return frozenset(str(role) for role, holders in self.content.roles.items() if person in holders)

    def _delegations(self, now: datetime) -> list[Delegation]:
        today, on = self.moments.today, now.date()
        found = [case.delegation for case in self.content.cases if case.delegation]
        return [each for each in found if place_day(today, each.from_day) <= on <= place_day(today, each.until_day)]


@dataclass(slots=True)
class CaseStage:
    """One case while it is built; ids are known once their step has been played."""

    stage: Stage
    case: Case
    id: int = 0
    evidence: dict[str, int] = field(default_factory=dict)
    feedback: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, int] = field(default_factory=dict)
    seed: int = 0

    @property
    def session(self) -> Session:
        """Return the session of the whole demo."""
        return self.stage.session

    @property
    def hr(self) -> str:
        """Return the HR partner who runs the case's cycle."""
        return self.stage.content.cycle(self.case.cycle).opened_by

    def has(self, milestone: Milestone) -> bool:
        """Tell whether something happened to the case."""
        return milestone in self.case.days

    def at(self, milestone: Milestone) -> datetime:
        """Return when it happened."""
        return self.stage.moments.of(self.case.days, milestone)

    def until(self, *milestones: Milestone) -> datetime:
        """Return the first of the milestones that happened, the end of the story where none did."""
        return min([self.at(each) for each in milestones if self.has(each)], default=self.stage.last)

    def actor(self, person: str, now: datetime) -> Actor:
        """Return somebody as who acts at a moment."""
        return self.stage.actor(person, now)

    def manager(self, now: datetime) -> Actor:
        """Return the candidate's manager at a moment, or who acts for them then."""
        person = self.stage.content.person(self.case.candidate).manager or ""
        change = self.case.manager_change
        if change is not None and now >= self.stage.moments.on(change.day):
            person = change.to
        return self.stage.stand_in(person, now)

    def fire(
        self,
        action: str,
        actor: Actor,
        *,
        now: datetime,
        note: str = "",
        form: Mapping[str, object] | None = None,
    ) -> None:
        """Make a move of the case."""
        fire(self.session, self.id, action, actor=actor, now=now, note=note, form=form)

    def fill(self, prose: str) -> str:
        """Return a text with its anchors as the packet prints them."""
        printed = {f"E:{each.key}": evidence_anchor(place) for place, each in enumerate(self.case.evidence, 1)}
        if any(anchor.startswith("F:") for anchor in anchors_in(prose)):
            given = [each.key for each in self.case.givers if each.state == "submitted"]
            given += [each.key for each in self.case.outside if each.state == "submitted"]
            numbers = number_feedback([self.feedback[key] for key in given], self.seed)
            printed |= {f"F:{key}": numbers[self.feedback[key]] for key in given}
        return fill_anchors(prose, printed)

    def cited(self, prose: str) -> tuple[str, ...]:
        """Return what a text cites, as ratings and votes keep it."""
        known = {f"E:{key}": f"e:{number}" for key, number in self.evidence.items()}
        known |= {f"F:{key}": f"f:{number}" for key, number in self.feedback.items()}
        return tuple(known[anchor] for anchor in anchors_in(prose))

    def signal(self, criterion: str, place: int | None) -> tuple[str, str]:
        """Return id and words of a signal of the target level, counted from 1; of the summary where none is named."""
        cell = self.stage.ladder.expectation(criterion, self.case.to_level)
        if place is None:
            return "", cell.summary
        return cell.signals[place - 1].id, cell.signals[place - 1].text

    def opened(self, row: CaseRow) -> None:
        """Keep the number of the case that was opened."""
        self.id, self.seed = row.id, row.shuffle_seed
