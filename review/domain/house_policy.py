"""The installation's policy: its values over the shipped ones, in words, and what contradicts what is published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from review.domain.errors import Fault
from review.domain.policy import SEATS, SWITCHES, Switch, find_disagreements, find_policy_faults, read_policy
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import Definition
from review.domain.workflow_finding import Path, one_of
from review.domain.yaml_text import Document, read_yaml

CONFLICT = "conflict_"
"""Before the kind of a conflict where it names a setting of a form."""

CONFLICT_WORDS: Mapping[str, Text] = {
    "was_manager": text("The candidate’s manager earlier in the cycle"),
    "nominator": text("Who nominated the candidate"),
    "giver": text("Who gave feedback"),
    "second_rater": text("The second rater"),
    "rival": text("A candidate for the same level with few seats"),
    "declared": text("Whoever declares a conflict"),
}
"""The conflicts whose meaning may be set; the candidate, their line and whomever HR sets are always out."""

SETTINGS: Mapping[str, Switch] = {
    **SWITCHES,
    "revotes": Switch("ballot", "revotes", 0),
    SEATS: Switch(None, SEATS, ()),
    **{f"{CONFLICT}{kind}": Switch("conflicts", kind, "out") for kind in CONFLICT_WORDS},
}
WORDS: Mapping[str, Text] = {
    "candidate_sees_feedback": text("The candidate reads of the feedback"),
    "manager_sees_authors": text("The manager reads who wrote what"),
    "candidate_sees_final_rating": text("The candidate reads the manager’s final rating"),
    "n3": text("Answers that are read together, at least"),
    "n5": text("People in a group before a figure of it is shown"),
    "quorum": text("Quorum"),
    "majority_above_percent": text("Decided by more than so many percent of the votes"),
    "revotes": text("How often a committee may vote again"),
    "discuss_from_spread": text("Discussed from so many points between two votes"),
    "minutes_a_case": text("Minutes for a case on the agenda"),
    "minutes_a_request": text("One request takes, in minutes"),
    "nearly_full_above": text("Somebody is nearly full above"),
    "full_above": text("Somebody is full above"),
    "months_between_cases": text("Months after a “not yet”, at least"),
    SEATS: text("Levels with few seats"),
    **{f"{CONFLICT}{kind}": words for kind, words in CONFLICT_WORDS.items()},
}
VALUES: Mapping[object, Text] = {
    "summary": text("a summary that HR writes"),
    "verbatim": text("the words themselves, without names"),
    "out": text("may know no more than that the case exists"),
    "no_vote": text("may read, may not vote"),
    "shown": text("a line for the chair"),
}
YES, NO, NONE = text("yes"), text("no"), text("none")


@dataclass(frozen=True)
class Line:
    """One setting in words: what it is and what it was, or what it is as shipped."""

    name: str
    words: Text
    now: Text
    was: Text

    @property
    def is_other(self) -> bool:
        """Tell whether the two differ."""
        return self.now != self.was


def lay_over(base: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy with what is said laid over it, key by key."""
    laid = dict(base)
    for key, value in said.items():
        below = laid.get(key)
        laid[key] = lay_over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return laid


def take_differences(base: Mapping[str, Any], policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a policy says otherwise than another; laid over that one it gives the policy."""
    said: dict[str, Any] = {}
    for key, value in policy.items():
        below = base.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            if inner := take_differences(below, value):
                said[key] = inner
        elif value != below:
            said[key] = value
    return said


def write_settings(policy: Mapping[str, Any], values: Mapping[str, object]) -> dict[str, Any]:
    """Return a policy with other settings, by their names in the form; others are left as they are."""
    written = dict(policy)
    for name, value in values.items():
        written = SETTINGS[name].write(written, value)
    return written


def tell_lines(policy: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Line, ...]:
    """Return every setting of a policy in words, beside what another one says."""
    return tuple(
        Line(name, words, _say(SETTINGS[name].read(policy)), _say(SETTINGS[name].read(other)))
        for name, words in WORDS.items()
    )


def find_house_faults(
    policy: Mapping[str, Any], definitions: Iterable[Definition], levels: Collection[str]
) -> tuple[Fault, ...]:
    """Return every fault of a policy for the installation, each with the name of its setting.

    Args:
        definitions: the newest published version of each workflow; votes are counted there, too.
        levels: those of every published ladder.
    """
    faults = find_policy_faults(policy)
    if faults:
        return tuple(_with_setting(fault) for fault in faults)
    parsed = read_policy(policy)
    counted = [
        (definition, finding) for definition in definitions for finding in find_disagreements(parsed, definition)
    ]
    unlike = dict.fromkeys(
        Fault(
            text("The workflow “%(title)s” counts otherwise", title=definition.title),
            text("as in its actions, or first another version of it"),
            field=_counter(definition, finding.path),
        )
        for definition, finding in counted
    )
    strange = [level for level in parsed.seat_limited_levels if level not in levels]
    return (
        *unlike,
        *(
            Fault(text('no ladder has the level "%(level)s"', level=each), one_of(levels, each), field=SEATS)
            for each in strange
        ),
    )


def place_in_file(faults: Iterable[Fault], source: str, file: str) -> tuple[Fault, ...]:
    """Return the faults of settings placed where a file says them; what is about no setting stays without a place."""
    document = read_yaml(source, file)
    if not isinstance(document, Document):
        return document
    found = ((fault, SETTINGS.get(fault.field or "")) for fault in faults)
    return tuple(
        fault
        if setting is None
        else document.fault((setting.part, setting.key) if setting.part else (setting.key,), fault.what, fault.expected)
        for fault, setting in found
    )


def _counter(definition: Definition, path: Path) -> str:
    """Return which setting the condition of an action counts: quorum or revotes."""
    _actions, action, _when, place = path
    return definition.actions[str(action)].when[int(place)].name


def _with_setting(fault: Fault) -> Fault:
    """Return a fault of a policy placed at its setting; a conflict goes by its kind."""
    if fault.field in CONFLICT_WORDS:
        return Fault(fault.what, fault.expected, field=f"{CONFLICT}{fault.field}")
    return fault


def _say(value: Any) -> Text:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list | tuple):
        return text("%(words)s", words=", ".join(map(str, value))) if value else NONE
    return VALUES.get(value) or text("%(value)s", value=value)
