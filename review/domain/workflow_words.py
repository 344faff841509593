"""How parts of a workflow are said to people: phases, roles, deadlines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from review.domain.checks import SYSTEM
from review.domain.phase import Phase
from review.domain.text import Text, plural, text
from review.domain.workflow_definition import Span

PHASES: Mapping[Phase, Text] = {
    Phase.DRAFT: text("Draft"),
    Phase.COLLECTING: text("Collecting"),
    Phase.SEALED: text("Sealed"),
    Phase.VOTING: text("Voting"),
    Phase.REVEALED: text("Revealed"),
    Phase.DECIDED: text("Decided"),
    Phase.ANNOUNCED: text("Announced"),
    Phase.CLOSED: text("Closed"),
}

ROLES: Mapping[str, Text] = {
    "appeals": text("appeals panel"),
    "candidate": text("candidate"),
    "chair": text("chair"),
    "executive": text("executive"),
    "giver": text("giver"),
    "hr": text("HR"),
    "manager": text("manager"),
    "member": text("member"),
    "panelist": text("panel member"),
    "report": text("direct report"),
    "second_rater": text("second rater"),
    SYSTEM: text("by itself"),
}

DATES: Mapping[str, Text] = {
    "nomination_deadline": text("nomination deadline"),
    "packet_deadline": text("packet deadline"),
    "feedback_deadline": text("feedback deadline"),
    "calibration_date": text("calibration date"),
    "announcement_date": text("announcement date"),
    "effective_date": text("effective date"),
}


def say_role(role: str) -> Text:
    """Return a role in a word or two."""
    return ROLES.get(role) or text("%(name)s", name=role.replace("_", " "))


def say_roles(roles: Iterable[str]) -> tuple[Text, ...]:
    """Return each role in a word or two."""
    return tuple(say_role(role) for role in roles)


def say_date(name: str) -> Text:
    """Return the name of a cycle's date."""
    return DATES.get(name) or text("%(name)s", name=name.replace("_", " "))


def say_span(span: Span) -> Text:
    """Return a span, as in: 2 working days before the calibration date."""
    length = _length(span)
    if span.date is None:
        return length
    date = say_date(span.date)
    if not (span.days or span.working_days):
        return text("by the %(date)s", date=date)
    if span.before:
        return text("%(length)s before the %(date)s", length=length, date=date)
    return text("%(length)s after the %(date)s", length=length, date=date)


def _length(span: Span) -> Text:
    if span.days is not None:
        return plural("%(count)s day", "%(count)s days", span.days)
    return plural("%(count)s working day", "%(count)s working days", span.working_days or 0)
