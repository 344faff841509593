"""Rules that no file can edit away: seal, reveal, decision, second person, sign-off; the candidate decides nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from review.domain.checks import DECIDED_OUTCOMES, SYSTEM
from review.domain.checks.registry import DecisionIs
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import Action, Definition, State
from review.domain.workflow_finding import Finding, Path

CANDIDATE, EXECUTIVE = "candidate", "executive"
SIGNED_OFF_KEYS = frozenset({"management"})
"""Workflows of people managers, in which an executive signs off a promotion."""


@dataclass(frozen=True)
class Crossing:
    """An action of the case, from one of its states to another."""

    path: Path
    action: Action
    before: Phase
    after: Phase
    target: State

    def enters(self, phase: Phase) -> bool:
        """Tell whether the action goes from before a phase into it or past it."""
        return self.before.rank < phase.rank <= self.after.rank

    @property
    def is_undecided_end(self) -> bool:
        """Tell whether the case ends here without a decision (withdrawn, not eligible)."""
        return self.target.final and self.target.outcome not in DECIDED_OUTCOMES

    def finding(self, what: Text, expected: Text) -> Finding:
        """Return a finding at the action."""
        return Finding(self.path, what, expected, True)


def check_gates(definition: Definition) -> Iterator[Finding]:
    """Yield every action and state by which a case could come round a gate."""
    for name, state in definition.states.items():
        yield from _check_end(state, ("states", name))
    told: set[Finding] = set()
    for crossing in _crossings(definition):
        findings = (*_check_way(crossing), *_check_release(crossing), *_check_who(crossing))
        yield from (finding for finding in findings if finding not in told)
        told.update(findings)
    yield from _check_items(definition)


def _crossings(definition: Definition) -> Iterator[Crossing]:
    for name, action in definition.actions.items():
        target = definition.states.get(action.to)
        for source in definition.sources_of(action):
            before = definition.states[source].phase if source in definition.states else None
            if target is not None and target.phase is not None and before is not None:
                yield Crossing(("actions", name), action, before, target.phase, target)


def _check_end(state: State, path: Path) -> Iterator[Finding]:
    if state.outcome in DECIDED_OUTCOMES and state.phase not in (Phase.ANNOUNCED, Phase.CLOSED):
        what = text("a decided outcome is known before it is announced")
        yield Finding((*path, "phase"), what, text("phase: announced or closed"))


def _check_way(crossing: Crossing) -> Iterator[Finding]:
    """Nothing passes a gate but by the act that the gate stands for."""
    action = crossing.action
    if crossing.is_undecided_end:
        return
    if crossing.enters(Phase.SEALED) and "seal_packet" not in action.do:
        yield crossing.finding(text("the packet is not sealed on this way"), text("do: [seal_packet]"))
    if crossing.enters(Phase.REVEALED):
        if (crossing.before, crossing.after) != (Phase.VOTING, Phase.REVEALED):
            what = text("votes are not revealed on this way")
            yield crossing.finding(what, text("a way through the phases voting and revealed"))
        elif action.asks("votes_cast") is None:
            yield crossing.finding(text("votes are revealed before they are cast"), text("when: [votes_cast: …]"))
    if crossing.enters(Phase.DECIDED) and not action.decision:
        yield crossing.finding(text("nothing is decided on this way"), text("decision, and do: [record_decision]"))
    if action.decision and crossing.before is not Phase.REVEALED:
        yield crossing.finding(text("a decision before the votes are revealed"), text("from a state in phase revealed"))
    if action.decision and action.asks("quorum") is None:
        yield crossing.finding(text("a decision without a quorum"), text("when: [quorum: …]"))


def _check_release(crossing: Crossing) -> Iterator[Finding]:
    """An outcome is told once it is decided, as it was decided, and by two persons."""
    action, outcome = crossing.action, crossing.target.outcome
    if crossing.is_undecided_end:
        if crossing.before.rank >= Phase.ANNOUNCED.rank:
            what = text("an outcome that was announced would be replaced")
            yield crossing.finding(what, text("from states before the announcement"))
        return
    is_promise = outcome in ("promoted", "deferred")
    if crossing.enters(Phase.ANNOUNCED) or is_promise:
        if crossing.before is not Phase.DECIDED:
            yield crossing.finding(
                text("an outcome is announced that is not decided"), text("from a state in phase decided")
            )
            return
        if action.asks("second_person_approved") is None:
            yield crossing.finding(text("one person alone announces"), text("when: [second_person_approved]"))
        yield from _check_agrees(crossing)


def _check_agrees(crossing: Crossing) -> Iterator[Finding]:
    guard = crossing.action.asks("decision_is")
    wanted = DECIDED_OUTCOMES.get(crossing.target.outcome or "")
    if guard is None:
        what = text("the announcement does not look at what was decided")
        yield crossing.finding(what, text("when: [decision_is: {outcome: %(decision)s}]", decision=wanted or "not_yet"))
    elif wanted and guard.params.get("outcome") != wanted:
        what = text("the announcement does not agree with the outcome")
        yield crossing.finding(what, text("when: [decision_is: {outcome: %(decision)s}]", decision=wanted))


def _check_who(crossing: Crossing) -> Iterator[Finding]:
    action = crossing.action
    if action.bail and crossing.is_undecided_end:
        return
    closes = crossing.before.rank >= Phase.ANNOUNCED.rank
    if CANDIDATE in action.by and (action.decision or action.back or not closes):
        what = text("the candidate would decide in their own case")
        yield _at_role(crossing, CANDIDATE, what)
    if SYSTEM in action.by and (action.decision or crossing.enters(Phase.REVEALED) or crossing.enters(Phase.ANNOUNCED)):
        yield _at_role(crossing, SYSTEM, text("the system would decide"))


def _at_role(crossing: Crossing, role: str, what: Text) -> Finding:
    place = (*crossing.path, "by", crossing.action.by.index(role))
    return Finding(place, what, text("roles other than %(role)s", role=role))


def _check_items(definition: Definition) -> Iterator[Finding]:
    """The candidate may take a request back, and do nothing else with feedback or seats."""
    for kind, machine in definition.items.items():
        for name, action in machine.actions.items():
            ends = action.to in machine.states and machine.states[action.to].final
            if CANDIDATE in action.by and not (kind == "feedback" and ends):
                path = ("items", kind, "actions", name, "by", action.by.index(CANDIDATE))
                yield Finding(path, text("the candidate would decide in their own case"), text("another role"))


def needs_sign_off(definition: Definition) -> bool:
    """Tell whether a promotion needs the signature of an executive."""
    return definition.key in SIGNED_OFF_KEYS or EXECUTIVE in definition.roles


def check_sign_off(definition: Definition) -> Iterator[Finding]:
    """Yield the decisions from which a promotion can be announced that no executive has signed."""
    if needs_sign_off(definition):
        for name in unsigned_decisions(definition):
            what = text("this promotion can be announced without an executive's signature")
            expected = text("a way through an action that only the role executive has")
            yield Finding(("actions", name, "to"), what, expected)


def unsigned_decisions(definition: Definition) -> tuple[str, ...]:
    """Return the deciding actions after which `promoted` can be reached without a sign-off.

    Walks (state, deciding action, is signed); the decision that stands is known, so `decision_is` is exact.
    """
    first = (definition.initial, "", False)
    seen, queue, unsigned = {first}, deque([first]), dict[str, None]()
    while queue:
        state, decided_by, is_signed = queue.popleft()
        for name, action in definition.actions_from[state]:
            if not _agrees(definition, decided_by, action):
                continue
            is_by_executive = action.by == (EXECUTIVE,)
            after = (
                (action.to, name, False) if action.decision else (action.to, decided_by, is_signed or is_by_executive)
            )
            if definition.states[action.to].outcome == "promoted" and not after[2]:
                unsigned[after[1] or name] = None
            if after not in seen:
                seen.add(after)
                queue.append(after)
    return tuple(unsigned)


def _agrees(definition: Definition, decided_by: str, action: Action) -> bool:
    guard = action.asks("decision_is")
    if guard is None or not decided_by:
        return True
    wanted = guard.typed_params
    return isinstance(wanted, DecisionIs) and definition.actions[decided_by].decision == wanted.outcome
