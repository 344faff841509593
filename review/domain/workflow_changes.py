"""What one version of a workflow changes of another, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from review.domain.text import Text, plural, text
from review.domain.workflow_definition import Action, Definition, Guard, Machine, Span, State
from review.domain.workflow_sheet import say_condition
from review.domain.workflow_versions import Change
from review.domain.workflow_words import say_date, say_role, say_span

NOTES: Mapping[str, Text] = {
    "none": text("“%(title)s” asks for no note any more"),
    "optional": text("“%(title)s”: a note may be left"),
    "required": text("“%(title)s” asks for a note"),
}
WEEK = 7


def tell_changes(old: Definition, new: Definition) -> tuple[Text, ...]:
    """Return every change in a sentence: of the case, its regions, and its items."""
    told = [*_of_dates(old, new), *_of_machine(old, new, old, new)]
    for state, after in new.states.items():
        before = old.states.get(state)
        for region, machine in after.regions.items():
            if before and region in before.regions:
                told += _of_machine(old, new, before.regions[region], machine)
            elif before:
                what = text("“%(title)s” has a part of its own more: %(part)s", title=after.title, part=_spaced(region))
                told.append(what)
        for region in before.regions if before else ():
            if region not in after.regions:
                told.append(text("“%(title)s” has no part %(part)s any more", title=after.title, part=_spaced(region)))
    for kind, machine in new.items.items():
        if kind in old.items:
            told += _of_machine(old, new, old.items[kind], machine)
    return tuple(told)


def mark_states(old: Machine, new: Machine) -> Mapping[str, Change]:
    """Return what happened to each state of a machine, by its name: with its actions it is new, gone or changed."""
    marks: dict[str, Change] = {name: Change.REMOVED for name in old.states if name not in new.states}
    for name, state in new.states.items():
        if name not in old.states:
            marks[name] = Change.ADDED
        elif state != old.states[name] or dict(old.actions_from[name]) != dict(new.actions_from[name]):
            marks[name] = Change.CHANGED
    return marks


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _of_dates(old: Definition, new: Definition) -> Iterator[Text]:
    if old.title != new.title:
        yield text("The workflow “%(old)s” is called “%(new)s”", old=old.title, new=new.title)
    for name in new.dates:
        if name not in old.dates:
            yield text("Cycles need one day more: the %(date)s", date=say_date(name))
    for name in old.dates:
        if name not in new.dates:
            yield text("Cycles need one day fewer: the %(date)s", date=say_date(name))
    for role in sorted(old.roles.keys() ^ new.roles.keys()):
        one = "A role has a part more: %(role)s" if role in new.roles else "A role has no part any more: %(role)s"
        yield text(one, role=say_role(role))


def _of_machine(old: Definition, new: Definition, before: Machine, after: Machine) -> Iterator[Text]:
    yield from (text("New step: “%(title)s”", title=s.title) for k, s in after.states.items() if k not in before.states)
    yield from (
        text("Gone: the step “%(title)s”", title=s.title) for k, s in before.states.items() if k not in after.states
    )
    for name, state in after.states.items():
        if name in before.states:
            yield from _of_state(before.states[name], state)
    added = (action for name, action in after.actions.items() if name not in before.actions)
    gone = (action for name, action in before.actions.items() if name not in after.actions)
    yield from (text("New action: “%(title)s”", title=action.title) for action in added)
    yield from (text("Gone: the action “%(title)s”", title=action.title) for action in gone)
    for name, action in after.actions.items():
        if name in before.actions:
            yield from _of_action(old, new, before.actions[name], action)
            yield from _of_ends(before, after, name)


def _of_state(old: State, new: State) -> Iterator[Text]:
    if old.title != new.title:
        yield text("The step “%(old)s” is called “%(new)s”", old=old.title, new=new.title)
    if old.hint != new.hint:
        yield text("“%(title)s” says of itself: %(hint)s", title=new.title, hint=new.hint or "–")
    if old.due != new.due:
        yield _of_due(new.title, old.due, new.due)
    if old.timers != new.timers:
        yield _of_timers(old, new)
    if (old.phase, old.initial, old.final, old.outcome) != (new.phase, new.initial, new.final, new.outcome):
        yield text("“%(title)s” has another place in the way of a case", title=new.title)


def _of_due(title: str, old: Span | None, new: Span | None) -> Text:
    if old is None or new is None:
        if new is None:
            return text("“%(title)s” is not due on any day any more", title=title)
        return text("“%(title)s” has a day on which it is due: %(span)s", title=title, span=say_span(new))
    later = _days_later(old, new)
    if later is None:
        was, now = say_span(old), say_span(new)
        return text("“%(title)s” is due otherwise: %(new)s instead of %(old)s", title=title, new=now, old=was)
    length = _length(abs(later), is_working=new.working_days is not None)
    one = (
        "“%(title)s” is due %(length)s later: %(span)s"
        if later > 0
        else "“%(title)s” is due %(length)s earlier: %(span)s"
    )
    return text(one, title=title, length=length, span=say_span(new))


def _days_later(old: Span, new: Span) -> int | None:
    """Return by how many days of their own kind a span is later, None where the two are not of one kind."""
    is_one_kind = (old.before, old.after) == (new.before, new.after) and (old.days is None) == (new.days is None)
    if not is_one_kind:
        return None
    more = (new.days or new.working_days or 0) - (old.days or old.working_days or 0)
    return -more if new.before else more


def _length(days: int, *, is_working: bool) -> Text:
    if is_working:
        return plural("%(count)s working day", "%(count)s working days", days)
    if days % WEEK == 0:
        return plural("%(count)s week", "%(count)s weeks", days // WEEK)
    return plural("%(count)s day", "%(count)s days", days)


def _of_timers(old: State, new: State) -> Text:
    more = len(new.timers) - len(old.timers)
    if more > 0:
        return plural(
            "“%(title)s” has %(count)s reminder more", "“%(title)s” has %(count)s reminders more", more, title=new.title
        )
    if more < 0:
        return plural(
            "“%(title)s” has %(count)s reminder fewer",
            "“%(title)s” has %(count)s reminders fewer",
            -more,
            title=new.title,
        )
    return text("The reminders of “%(title)s” are others, or come on other days", title=new.title)


def _of_action(old: Definition, new: Definition, before: Action, after: Action) -> Iterator[Text]:
    if before.title != after.title:
        yield text("The action “%(old)s” is called “%(new)s”", old=before.title, new=after.title)
    for role in after.by:
        if role not in before.by:
            yield text("“%(title)s” may be done by one more: %(role)s", title=after.title, role=say_role(role))
    for role in before.by:
        if role not in after.by:
            yield text("“%(title)s” may not be done any more by: %(role)s", title=after.title, role=say_role(role))
    yield from _of_guards(old, new, before, after)
    if before.note != after.note:
        yield text(NOTES[after.note].one, title=after.title)
    if before.confirm != after.confirm:
        one = "“%(title)s” asks once more before it happens" if after.confirm else "“%(title)s” does not ask once more"
        yield text(one, title=after.title)
    if (before.do, before.form, before.decision) != (after.do, after.form, after.decision):
        yield text("What follows from “%(title)s” is different", title=after.title)


def _of_guards(old: Definition, new: Definition, before: Action, after: Action) -> Iterator[Text]:
    known: tuple[Guard, ...] = before.when
    for guard in after.when:
        if guard not in known:
            yield text("“%(title)s” now needs: %(what)s", title=after.title, what=say_condition(new, guard))
    for guard in known:
        if guard not in after.when:
            yield text("“%(title)s” no longer needs: %(what)s", title=after.title, what=say_condition(old, guard))


def _of_ends(before: Machine, after: Machine, name: str) -> Iterator[Text]:
    old, new = before.actions[name], after.actions[name]
    if old.to != new.to:
        yield text("“%(title)s” leads to: %(state)s", title=new.title, state=after.states[new.to].title)
    if (old.sources, old.back, old.bail) != (new.sources, new.back, new.bail):
        states = ", ".join(after.states[each].title for each in after.sources_of(new))
        yield text("“%(title)s” can be done at: %(states)s", title=new.title, states=states)
