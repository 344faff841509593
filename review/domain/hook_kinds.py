"""Hooks: what they can be told, in which form, who may be told of it, and when a call is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from review.domain.access import Role
from review.domain.text import Text, text

LONGEST_NAME = 80
LONGEST_ADDRESS = 1_000
MOST_ATTEMPTS = 20
"""How often a call is tried, which takes three days."""
LONGEST_PAUSE = timedelta(hours=6)
JITTER = 0.25
GONE = 410
"""What an address answers that wants to hear nothing any more."""


class Form(StrEnum):
    """What a body looks like."""

    EVENTS = "events"
    SLACK = "slack"
    TEAMS = "teams"


class HookKind(StrEnum):
    """What a hook can be told of."""

    CASE_OPENED = "case.opened"
    CASE_MOVED = "case.moved"
    CYCLE_OPENED = "cycle.opened"
    CYCLE_CLOSED = "cycle.closed"
    DECISIONS_RELEASED = "decisions.released"
    PEOPLE_IMPORTED = "people.imported"
    DIGEST = "digest"
    TEST = "test"


class Outcome(StrEnum):
    """What became of a call that has ended."""

    SENT = "sent"
    DROPPED = "dropped"
    GIVEN_UP = "given_up"


FORM_WORDS: Mapping[str, Text] = {
    Form.EVENTS: text("Signed events, for a program"),
    Form.SLACK: text("Sentences for a Slack channel"),
    Form.TEAMS: text("Sentences for a Teams channel"),
}
KIND_WORDS: Mapping[str, Text] = {
    HookKind.CASE_OPENED: text("A case was opened"),
    HookKind.CASE_MOVED: text("A case moved to another stage"),
    HookKind.CYCLE_OPENED: text("A cycle was opened"),
    HookKind.CYCLE_CLOSED: text("A cycle was closed"),
    HookKind.DECISIONS_RELEASED: text("Decisions were announced"),
    HookKind.PEOPLE_IMPORTED: text("A people file was taken in"),
    HookKind.DIGEST: text("How many cases wait where, each working morning"),
    HookKind.TEST: text("A test"),
}
OUTCOME_WORDS: Mapping[str, Text] = {
    "": text("on its way"),
    Outcome.SENT: text("delivered"),
    Outcome.DROPPED: text("not sent: not for its owner to tell at that moment"),
    Outcome.GIVEN_UP: text("given up"),
}
BY_EVENT: Mapping[str, HookKind] = {
    "case.open": HookKind.CASE_OPENED,
    "cycle.open": HookKind.CYCLE_OPENED,
    "cycle.close": HookKind.CYCLE_CLOSED,
    "release.approve": HookKind.DECISIONS_RELEASED,
    "people.import": HookKind.PEOPLE_IMPORTED,
}
"""Kinds of events of the record that have a kind here; an action of a workflow that moves the case is CASE_MOVED."""
OF_CASES = frozenset({HookKind.CASE_OPENED, HookKind.CASE_MOVED})
_SENTENCES = frozenset({HookKind.DIGEST, HookKind.CYCLE_OPENED, HookKind.CYCLE_CLOSED, HookKind.DECISIONS_RELEASED})
_OFFERED: Mapping[str, frozenset[HookKind]] = {
    Form.EVENTS: frozenset(HookKind) - {HookKind.DIGEST, HookKind.TEST},
    Form.SLACK: _SENTENCES,
    Form.TEAMS: _SENTENCES,
}
_WITHOUT_HR = frozenset({HookKind.CYCLE_OPENED, HookKind.CYCLE_CLOSED, HookKind.PEOPLE_IMPORTED, HookKind.TEST})


def may_be_told(kind: str, roles: frozenset[str]) -> bool:
    """Tell whether a hook of somebody with these company roles may be told of a kind: of cases only HR's."""
    return Role.HR in roles or (Role.IT_ADMIN in roles and kind in _WITHOUT_HR)


def list_kinds(form: str, roles: frozenset[str]) -> tuple[HookKind, ...]:
    """Return what a hook of this form can be told of, for an owner with these roles."""
    return tuple(kind for kind in HookKind if kind in _OFFERED[form] and may_be_told(kind, roles))


def find_pause(attempts: int, chance: float) -> timedelta:
    """Return how long to wait after so many attempts: 1, 2, 4 … minutes, at most six hours, and up to a quarter more.

    Args:
        chance: from 0 to 1, drawn anew each time, so that calls that failed together do not come together again.
    """
    pause = min(timedelta(minutes=2 ** min(max(attempts, 1) - 1, 10)), LONGEST_PAUSE)
    return pause * (1 + JITTER * chance)
