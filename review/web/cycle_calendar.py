"""The calendar of a cycle in draft as a table, and the mails that its workflows will send."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from flask import current_app
from flask_babel import get_locale
from sqlalchemy.orm import Session

from review.adapters.mail_text import say_subject
from review.domain.date_rules import FIXED, NAMES, OPENING, DateRule
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import Definition, State
from review.domain.workflow_words import say_role, say_span
from review.queries.pinned import load_definition
from review.queries.wordings import load_changed
from review.services.cycles import CyclePlan


@dataclass(frozen=True)
class DateRow:
    """One date: what it is called, its day, how it comes about, what happens then, and whether nobody works on it."""

    title: Text
    day: date
    rule: Text
    happens: tuple[Text, ...]
    is_day_off: bool
    is_past: bool


@dataclass(frozen=True)
class MailRow:
    """One mail that a workflow sends: its subject, to whom, in which state of a case, and whether HR changed it."""

    template: str
    subject: str
    to: tuple[Text, ...]
    states: tuple[str, ...]
    is_changed: bool


def lay_out_dates(session: Session, plan: CyclePlan, *, today: date) -> tuple[DateRow, ...]:
    """Return the dates of a plan in order of time, the opening first where it has one."""
    calendar, settled = plan.calendar(), plan.settled()
    opening = settled.date_rules.get(OPENING)
    days = {**({OPENING: opening.day} if opening and opening.day else {}), **settled.dates}
    found = [load_definition(session, each) for each in dict.fromkeys(settled.workflows.values())]
    return tuple(
        DateRow(
            title=NAMES.get(name, text("%(name)s", name=name)),
            day=day,
            rule=settled.date_rules.get(name, DateRule(FIXED)).words,
            happens=tuple(dict.fromkeys(_happens(name, found))),
            is_day_off=not calendar.is_working_day(day),
            is_past=day < today,
        )
        for name, day in sorted(days.items(), key=lambda each: each[1])
    )


def list_mails(session: Session, plan: CyclePlan) -> tuple[MailRow, ...]:
    """Return the mails that the workflows of a plan send by themselves, in the order of their states."""
    rows: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for version in dict.fromkeys(plan.workflows.values()):
        for state in _states(load_definition(session, version)):
            for timer in state.timers:
                if timer.template:
                    roles, states = rows.setdefault(timer.template, ({}, {}))
                    roles |= dict.fromkeys(timer.notify)
                    states[state.title] = None
    changed = load_changed(session)
    say = partial(
        say_subject, locale=str(get_locale()), company=current_app.extensions["settings"].company, changed=changed
    )
    return tuple(
        MailRow(template, say(template), tuple(map(say_role, roles)), tuple(states), template in changed)
        for template, (roles, states) in rows.items()
    )


def _happens(name: str, found: list[Definition]) -> Iterator[Text]:
    """Yield what is due by a date in any of the workflows."""
    if name == OPENING:
        yield text("People can be nominated from now on")
    if name == "effective_date":
        yield text("New levels are written")
    for definition in found:
        for state in _states(definition):
            if state.due is not None and state.due.date == name:
                is_then = not (state.due.days or state.due.working_days)
                stage = text("“%(stage)s” is to be over", stage=state.title)
                yield stage if is_then else text("%(what)s %(when)s", what=stage, when=say_span(state.due))


def _states(definition: Definition) -> Iterator[State]:
    """Yield every state in which a case can be, those of its regions and items included."""
    for state in definition.states.values():
        yield state
        for region in state.regions.values():
            yield from region.states.values()
    for item in definition.items.values():
        yield from item.states.values()
