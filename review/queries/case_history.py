"""What has happened in a case, as far as a reader may know it: its moves, and the notes that went with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from review.domain.access import Role
from review.domain.phase import Phase
from review.domain.schedule import Calendar
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN, Action, Definition, Machine
from review.queries.case_lines import MOVES, Line, Lines
from review.queries.standing import Standing

MEETING = (Phase.REVEALED, Phase.DECIDED)
"""What the committee does between the reveal and the announcement stays with those who read its notes."""

OWN_NAMES = frozenset({"candidate", "manager", "hr", "system"})
APPEAL_ANSWER = "answer_appeal"
"""The effect of an action that answers an appeal: its note is the answer."""
FRESH_COMMITTEE = "seat_fresh_committee"
"""The effect of an action that gives the case to another committee."""

OTHER_WORDS = {
    "open": text("Nominated"),
    "manager_changed": text("A new manager took over"),
    "assign_committee": text("Given to a committee"),
}
"""Moves that no workflow names."""


@dataclass(frozen=True)
class LogRow:
    """One line of the history; `who` is a name, or a role where the name is not for this reader."""

    on_day: date
    words: Text | str
    who: str
    role: str


@dataclass(frozen=True)
class NoteRow:
    """What somebody wrote with an action."""

    on_day: date
    who: str
    role: str
    action: Text | str
    body: str


@dataclass(frozen=True)
class History:
    """The lines and the notes that a reader may see; `entered_on` says when the main states were entered."""

    log: tuple[LogRow, ...]
    notes: tuple[NoteRow, ...]
    entered_on: Mapping[str, date]


@dataclass(frozen=True)
class _Found:
    """An action of the definition: the machine it belongs to, and whether that is the main one."""

    machine: Machine
    action: Action
    is_main: bool


def kinds_of_history(standing: Standing) -> frozenset[str]:
    """Return the kinds of lines that the history is told from; none for who may not know where the case stands."""
    return frozenset({"move", "note"}) if standing.may_read("case.stage") else frozenset()


def tell_history(standing: Standing, calendar: Calendar, lines: Lines) -> History:
    """Tell the history of a case from its lines."""
    shown = _known(standing, lines["move"])
    log = tuple(_line(standing, calendar, event) for event in reversed(shown))
    return History(log, _notes(standing, calendar, lines), _entered(standing.definition, calendar, shown))


def _main_state(detail: Mapping[str, Any] | None, side: str) -> str:
    """Return the main state before or after a move; an event that is no move holds other things there."""
    tokens = (detail or {}).get(side)
    return str(tokens.get(MAIN, "")) if isinstance(tokens, dict) else ""


def _known(standing: Standing, events: Iterable[Line]) -> list[Line]:
    """Return the moves that the reader may know of: nothing that tells what the committee thinks.

    Of several votes of one committee, whoever neither sits on it nor reads its notes knows the first reveal alone.
    A move whose detail nobody can read any more may be one of the committee's: those who read its notes know of it.
    """
    sees_notes = standing.may_read("discussion.notes")
    sees_rounds = sees_notes or standing.may_read("committee.seats")
    known, is_revealed = [], False
    for event in events:
        before, after = _phases(standing.definition, event.detail)
        is_reveal = (before, after) == (Phase.VOTING, Phase.REVEALED)
        is_over = after is not None and after.rank >= Phase.ANNOUNCED.rank
        is_meeting = before in MEETING or after in MEETING or event.detail is None
        if not is_meeting or is_over or sees_notes or (is_reveal and (sees_rounds or not is_revealed)):
            known.append(event)
        if after is not None:  # reading begins anew where a packet was reopened or another committee sits
            is_revealed = is_reveal or (is_revealed and after.rank > Phase.SEALED.rank)
    return known


def _phases(definition: Definition, detail: Mapping[str, Any] | None) -> tuple[Phase | None, Phase | None]:
    """Return the phases before and after a move; None where the workflow no longer has the state."""
    before, after = (definition.states.get(_main_state(detail, side)) for side in ("before", "after"))
    return (before.phase if before else None, after.phase if after else None)


def _line(standing: Standing, calendar: Calendar, event: Line) -> LogRow:
    name = event.name.removeprefix(MOVES)
    who, role = _sign(standing, name, event.person_id, event.person)
    return LogRow(calendar.day_of(event.at), _title(standing, name), who, role)


def _entered(definition: Definition, calendar: Calendar, events: list[Line]) -> dict[str, date]:
    """Return the day on which each main state was entered for the last time."""
    days: dict[str, date] = {}
    for event in events:
        name = definition.initial if event.name == "case.open" else _main_state(event.detail, "after")
        before = _main_state(event.detail, "before")
        if name is not None and name != before:
            days[name] = calendar.day_of(event.at)
    return days


def _notes(standing: Standing, calendar: Calendar, lines: Lines) -> tuple[NoteRow, ...]:
    shown, since = [], _sits_since(standing, lines["move"])
    for note in lines["note"]:
        is_before_them = since is not None and note.at < since and Phase(note.state) in MEETING
        if not is_before_them and _may_read_note(standing, note):
            who, role = _sign(standing, note.name, note.person_id, note.person)
            shown.append(NoteRow(calendar.day_of(note.at), who, role, _title(standing, note.name), note.words))
    return tuple(shown)


def _sits_since(standing: Standing, moves: Iterable[Line]) -> datetime | None:
    """Return when the case came to this reader's committee as a fresh one, which comes to its own mind."""
    if not standing.roles & {Role.MEMBER, Role.CHAIR}:
        return None
    found = ((move.at, _find(standing.definition, move.name.removeprefix(MOVES))) for move in moves)
    return max((at for at, move in found if move and FRESH_COMMITTEE in move.action.do), default=None)


def _may_read_note(standing: Standing, note: Line) -> bool:
    """Tell whether a note is for this reader.

    While the case is built, a note is for those who make the move and those whose turn it makes; up to the seal, notes
    on the whole case are for everybody who follows it; later ones belong to the committee's notes. The answer to an
    appeal is for those who read the appeal.
    """
    found = _find(standing.definition, note.name)
    if found is None:
        return False
    if APPEAL_ANSWER in found.action.do:
        return standing.may_read("appeal.text")
    if found.is_main:
        return Phase(note.state).rank <= Phase.SEALED.rank or standing.may_read("discussion.notes")
    next_turn = {role for _, action in found.machine.actions_from[found.action.to] for role in action.by}
    return bool(standing.workflow_roles & {*found.action.by, *next_turn})


def _find(definition: Definition, name: str) -> _Found | None:
    for _, machine in definition.machines():
        if name in machine.actions:
            return _Found(machine, machine.actions[name], machine is definition)
    return None


def _sign(standing: Standing, name: str, actor_id: int | None, person: str | None) -> tuple[str, str]:
    """Return who made a move: by name, or as a role where only those of the committee and HR know the name."""
    found = _find(standing.definition, name)
    known = {standing.case.candidate_id, standing.case.manager_id, *standing.parties.former_manager_ids}
    by = [] if found is None else [role for role in found.action.by if role != "system"]
    is_open = not by or not OWN_NAMES.isdisjoint(by) or actor_id in known
    if actor_id is None or (not is_open and Role.HR not in standing.roles and not standing.may_read("committee.seats")):
        return "", by[0] if actor_id is not None and by else "system"
    return person or "", ""


def _title(standing: Standing, name: str) -> Text | str:
    found = _find(standing.definition, name)
    return text(found.action.title) if found is not None else OTHER_WORDS.get(name, name)
