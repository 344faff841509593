"""What a form offers of one part of a workflow: its fields, each with the path that it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from review.domain.checks import CHECKS, MAILS, SYSTEM
from review.domain.checks import ROLES as KNOWN_ROLES
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import MAIN, Guard
from review.domain.workflow_file import ABSENT, value_at
from review.domain.workflow_finding import Path
from review.domain.workflow_parts import Part, maps_in
from review.domain.workflow_sheet import say_guard
from review.domain.workflow_words import DATES, say_date, say_role
from review.domain.yaml_edit import write_flow

NUMBERS: Mapping[str, Text] = {
    "at_least": text("At least"),
    "below": text("Fewer than"),
}
FIRST: Mapping[str, Mapping[str, int | str]] = {
    "feedback_count": {"at_least": 3},
    "functions_covered": {"at_least": 2},
    "panel_scored": {"at_least": 2},
    "quorum_possible": {"at_least": 3},
    "votes_cast": {"at_least": 3},
    "quorum": {"at_least": 3},
    "revotes": {"below": 2},
    "appeals_used": {"below": 1},
    "all_criteria_rated": {"round": "final"},
}
"""What a check that takes numbers begins with when the form adds it."""

BY_FILE_ALONE = ("in_state", "case_in", "decision_is")
"""Checks that name states or outcomes: where they belong is part of the way of a case."""

YES = "yes"
LEFT_OPEN = ("", text("–"))


class Kind(StrEnum):
    """How a field is shown, and how what it says is written."""

    LINE = "line"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    BOXES = "boxes"
    SPAN = "span"
    KEEP = "keep"
    ADD = "add"


@dataclass(frozen=True)
class Field:
    """One field: its name in the form, the path it writes, and what it says now, as a form sends it.

    Boxes say their words with commas between, a span `count|unit|date`, a flag `yes` or nothing.
    """

    name: str
    kind: Kind
    label: Text
    path: Path
    value: str
    choices: tuple[tuple[str, Text], ...] = ()
    may_be_empty: bool = True

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the words of boxes, or the three parts of a span."""
        if self.kind is Kind.SPAN:
            return (*self.value.split("|"), "", "", "")[:3]
        return tuple(word for word in self.value.split(",") if word)


def list_fields(data: Any, part: Part) -> tuple[Field, ...]:
    """Return the fields of a part of merged data; what is no value of the right kind is shown as it stands."""
    here = value_at(data, part.path)
    match part.kind:
        case "state":
            return tuple(_of_state(data, here, part.path))
        case "action":
            return tuple(_of_action(data, here, part.path))
        case _:
            return tuple(_of_workflow(data))


def _of_workflow(data: Any) -> Iterator[Field]:
    yield _line(data, ("title",), text("Title"))
    yield _number(data, ("version",), text("Version"))
    dates = dict.fromkeys((*DATES, *_words(data.get("dates"))))
    yield _boxes(data, ("dates",), text("Dates of the cycle"), ((name, say_date(name)) for name in dates))


def _of_state(data: Any, state: Any, path: Path) -> Iterator[Field]:
    yield _line(data, (*path, "title"), text("Title"))
    yield _line(data, (*path, "hint"), text("What happens here"))
    dates = tuple(
        (f"{side} {name}", text(pattern, date=say_date(name)))
        for name in _words(data.get("dates"))
        for side, pattern in (("before", "before the %(date)s"), ("after", "after the %(date)s"))
    )
    anchors = (("", text("from when it is entered")), *dates)
    yield _span(data, (*path, "due"), text("Due"), anchors, may_be_empty=True)
    timers = state.get("timers")
    for place, timer in enumerate(timers if isinstance(timers, list) else ()):
        if isinstance(timer, dict):
            yield from _of_timer(data, timer, (*path, "timers", place), place + 1)


def _of_timer(data: Any, timer: Mapping[str, Any], path: Path, number: int) -> Iterator[Field]:
    since = (("entered", text("after it is entered")), ("due", text("after it is due")))
    label = (
        text("Reminder %(number)s", number=number) if "notify" in timer else text("By itself %(number)s", number=number)
    )
    yield _span(data, (*path, "after"), label)
    yield _choice(data, (*path, "since"), text("counted from"), since, "entered")
    if "notify" not in timer:
        return
    yield _boxes(data, (*path, "notify"), text("tells"), _roles(data))
    mails = ((name, text("%(name)s", name=name.replace("_", " "))) for name in MAILS)
    yield _choice(data, (*path, "template"), text("with the mail"), tuple(mails), "")
    if "every" in timer:
        yield _span(data, (*path, "every"), text("and again every"))
        yield _number(data, (*path, "times"), text("times in all"))


def _of_action(data: Any, action: Any, path: Path) -> Iterator[Field]:
    yield _line(data, (*path, "title"), text("Title"))
    yield _boxes(data, (*path, "by"), text("Who may"), (*_roles(data), (SYSTEM, say_role(SYSTEM))))
    notes = (("none", text("no note")), ("optional", text("may be left")), ("required", text("required")))
    yield _choice(data, (*path, "note"), text("A note of who acts"), notes, "none")
    yield _flag(data, (*path, "confirm"), text("Asks once more before it happens"))
    when = action.get("when")
    guards = when if isinstance(when, list) else []
    for place, guard in enumerate(guards):
        yield from _of_guard(data, guard, (*path, "when", place))
    there = {_name(guard) for guard in guards}
    more = sorted(name for name in CHECKS if name not in there and name not in BY_FILE_ALONE)
    offered = ((name, say_raw(data, {name: {**FIRST.get(name, {})}})) for name in more)
    yield Field(
        _form_name((*path, "when", "+")),
        Kind.ADD,
        text("One more condition"),
        (*path, "when"),
        "",
        (LEFT_OPEN, *offered),
    )


def _of_guard(data: Any, guard: Any, path: Path) -> Iterator[Field]:
    yield Field(_form_name(path), Kind.KEEP, say_raw(data, guard), path, YES)
    params = guard.get(_name(guard)) if isinstance(guard, dict) else None
    for name, label in NUMBERS.items():
        if isinstance(params, dict) and name in params:
            yield _number(data, (*path, _name(guard), name), label)
    if _name(guard) == "functions_covered" and isinstance(guard, dict):
        yield _flag(
            data, (*path, "functions_covered", "from_cycle"), text("only functions that the cycle asks to hear")
        )


def say_raw(data: Any, raw: Any) -> Text:
    """Return what a condition asks, in words; as it is written where it cannot be read."""
    try:
        guard = Guard.model_validate(raw)
        for each in guard.walk():
            if not each.parts:
                CHECKS[each.name].params.model_validate(each.params)
    except (ValidationError, KeyError):
        return text("%(written)s", written=write_flow(raw))
    return say_guard(guard, lambda region, state: _title(data, region, state))


def _title(data: Any, region: str, name: str) -> str:
    machines = [data] if region == MAIN else [
        machine for _, state in maps_in(data, "states") for key, machine in maps_in(state, "regions") if key == region
    ]  # fmt: skip
    found = (state.get("title") for machine in machines for key, state in maps_in(machine, "states") if key == name)
    return str(next(found, None) or name)


def _name(guard: Any) -> str:
    return str(next(iter(guard), "")) if isinstance(guard, dict) else str(guard)


def _form_name(path: Path) -> str:
    return ".".join(map(str, path))


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _written(data: Any, path: Path, default: str = "") -> str:
    value = value_at(data, path)
    if value is ABSENT or value is None:
        return default
    return value if isinstance(value, str) else write_flow(value)


def _roles(data: Any) -> tuple[tuple[str, Text], ...]:
    roles = data.get("roles") if isinstance(data, dict) else None
    return tuple((name, say_role(name)) for name in (roles if isinstance(roles, dict) else KNOWN_ROLES))


def _line(data: Any, path: Path, label: Text) -> Field:
    return Field(_form_name(path), Kind.LINE, label, path, _written(data, path))


def _number(data: Any, path: Path, label: Text) -> Field:
    return Field(_form_name(path), Kind.NUMBER, label, path, _written(data, path))


def _flag(data: Any, path: Path, label: Text) -> Field:
    return Field(_form_name(path), Kind.FLAG, label, path, YES if value_at(data, path) is True else "")


def _choice(data: Any, path: Path, label: Text, choices: tuple[tuple[str, Text], ...], default: str) -> Field:
    value = _written(data, path, default)
    strange = () if value in dict(choices) else ((value, text("%(word)s", word=value)),)
    return Field(_form_name(path), Kind.CHOICE, label, path, value, (*strange, *choices))


def _boxes(data: Any, path: Path, label: Text, choices: Any) -> Field:
    said, known = _words(value_at(data, path)), tuple(choices)
    strange = tuple((word, text("%(word)s", word=word)) for word in said if word not in dict(known))
    return Field(_form_name(path), Kind.BOXES, label, path, ",".join(said), (*known, *strange), may_be_empty=False)


def _span(
    data: Any, path: Path, label: Text, anchors: tuple[tuple[str, Text], ...] = (), *, may_be_empty: bool = False
) -> Field:
    span = value_at(data, path)
    said: Mapping[str, Any] = span if isinstance(span, dict) else {}
    unit = "working_days" if "working_days" in said else "days"
    side = next((side for side in ("before", "after") if side in said), None)
    anchor = f"{side} {said[side]}" if side else ""
    value = f"{_written(said, (unit,))}|{unit}|{anchor}"
    strange = ((anchor, text("%(word)s", word=anchor)),) if anchors and anchor not in dict(anchors) else ()
    return Field(_form_name(path), Kind.SPAN, label, path, value, (*anchors, *strange), may_be_empty)
