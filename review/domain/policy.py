"""The policy of a cycle: what conflicts mean, how votes count, from how many on figures are shown, who sees what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool, ValidationError

from review.domain.canonical_json import canonical_json, digest
from review.domain.checks.registry import AtLeast, Below
from review.domain.conflicts import ConflictKind, ConflictLevel
from review.domain.errors import Fault
from review.domain.giver_load import Limits
from review.domain.model_findings import shape_findings
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import Definition, Model
from review.domain.workflow_finding import Finding, Path, one_of
from review.domain.yaml_text import Document, read_yaml

DECLARED = "declared"
"""The level of every kind that people declare, where the kind is not named itself."""

CONFLICT_KINDS: tuple[str, ...] = (*ConflictKind, DECLARED)
REQUIRED_KINDS = ("self", "chain", "was_manager", "nominator", "giver", "second_rater", "rival", DECLARED, "set_by_hr")
SEATS = "seat_limited_levels"
ALWAYS_OUT = ("self", "chain", "set_by_hr")

Small = Annotated[int, Field(strict=True, ge=0, le=50)]


class Ballot(Model):
    """How votes become a decision."""

    quorum: Annotated[int, Field(strict=True, ge=3, le=50)]
    majority_above_percent: Annotated[int, Field(strict=True, ge=50, le=99)]
    revotes: Small
    discuss_from_spread: Annotated[int, Field(strict=True, ge=1, le=4)]
    minutes_a_case: Annotated[int, Field(strict=True, ge=1, le=120)]


class Thresholds(Model):
    """From how many people on something is shown."""

    n3: Annotated[int, Field(strict=True, ge=3, le=50)]
    n5: Annotated[int, Field(strict=True, ge=5, le=50)]


class Anonymity(Model):
    """What the candidate and the manager see of feedback and ratings."""

    candidate_sees_feedback: Literal["summary", "verbatim"]
    manager_sees_authors: StrictBool
    candidate_sees_final_rating: StrictBool


LevelId = Annotated[str, Field(strict=True, min_length=1, max_length=80)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=600)]


class GiverLoad(Model):
    """How much is asked of one giver at a time, in minutes."""

    minutes_a_request: Minutes = Limits().minutes_a_request
    nearly_full_above: Minutes = Limits().nearly_full_above
    full_above: Minutes = Limits().full_above


class Policy(Model):
    """The rules of a cycle beside its workflows; frozen when the cycle opens."""

    schema_name: Annotated[Literal["review-policy/1"], Field(alias="schema")]
    conflicts: Mapping[str, ConflictLevel]
    ballot: Ballot
    thresholds: Thresholds
    anonymity: Anonymity
    giver_load: GiverLoad = GiverLoad()
    seat_limited_levels: tuple[LevelId, ...] = ()
    months_between_cases: Small


@dataclass(frozen=True)
class PolicyFile:
    """A policy without fault, the plain data it was read from (what a cycle keeps), and its digest."""

    policy: Policy
    data: Mapping[str, Any]
    digest: str


def parse_policy(source: str, file: str) -> PolicyFile | tuple[Fault, ...]:
    """Read a policy from YAML; return every fault, with its place in the file, instead of a policy."""
    document = read_yaml(source, file)
    if not isinstance(document, Document):
        return document
    if not isinstance(document.data, dict):
        return (document.fault((), text("this is not a policy"), text("a map that begins with schema")),)
    try:
        policy = Policy.model_validate(document.data)
    except ValidationError as error:
        return _placed(document, (*shape_findings(error, _known_keys), *_check_conflicts(document.data)))
    findings = (
        *_check_conflicts(document.data),
        *_check_load(policy.giver_load),
        *_check_seats(policy.seat_limited_levels),
    )
    if findings:
        return _placed(document, findings)
    return PolicyFile(policy, document.data, digest(canonical_json(document.data)))


def read_policy(data: Mapping[str, Any]) -> Policy:
    """Return the policy that a cycle keeps as plain data; raise ValidationError where it does not fit."""
    return Policy.model_validate(data)


def find_policy_faults(data: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return every fault of a policy that is not in a file; the field of each is its key."""
    try:
        policy = Policy.model_validate(data)
    except ValidationError as error:
        findings: tuple[Finding, ...] = (*shape_findings(error, _known_keys), *_check_conflicts(data))
    else:
        findings = (
            *_check_conflicts(data),
            *_check_load(policy.giver_load),
            *_check_seats(policy.seat_limited_levels),
        )
    return tuple(Fault(each.what, each.expected, field=str(each.path[-1]) if each.path else None) for each in findings)


@dataclass(frozen=True)
class Switch:
    """Where a policy keeps one setting that HR may change in a draft, and what it is where nothing is said."""

    part: str | None
    key: str
    default: object = None

    def read(self, data: Mapping[str, Any]) -> Any:
        """Return the setting of a policy."""
        return (data if self.part is None else data.get(self.part, {})).get(self.key, self.default)

    def write(self, data: Mapping[str, Any], value: object) -> dict[str, Any]:
        """Return a policy with another setting."""
        if self.part is None:
            return {**data, self.key: value}
        return {**data, self.part: {**data.get(self.part, {}), self.key: value}}


SWITCHES: Mapping[str, Switch] = {
    switch.key: switch
    for switch in (
        Switch("anonymity", "candidate_sees_feedback", "summary"),
        Switch("anonymity", "manager_sees_authors", False),
        Switch("anonymity", "candidate_sees_final_rating", True),
        Switch("thresholds", "n3", 3),
        Switch("thresholds", "n5", 5),
        Switch("ballot", "quorum", 3),
        Switch("ballot", "majority_above_percent", 50),
        Switch("ballot", "discuss_from_spread", 2),
        Switch("ballot", "minutes_a_case", 8),
        Switch("giver_load", "minutes_a_request", Limits().minutes_a_request),
        Switch("giver_load", "nearly_full_above", Limits().nearly_full_above),
        Switch("giver_load", "full_above", Limits().full_above),
        Switch(None, "months_between_cases", 0),
    )
}
"""What the set-up of a cycle asks for; the meaning of conflicts and the number of revotes come with the file."""


def candidate_reads_rating(data: Mapping[str, Any]) -> bool:
    """Tell whether candidates read their final rating once the decision is told, from a cycle's policy."""
    return bool(data.get("anonymity", {}).get("candidate_sees_final_rating", True))


def find_unknown_levels(source: str, file: str, known: Collection[str]) -> tuple[Fault, ...]:
    """Return a fault for each level with few seats that no ladder has.

    Args:
        source: of a policy without other faults.
        known: the levels of every ladder beside it.
    """
    document, parsed = read_yaml(source, file), parse_policy(source, file)
    if not (isinstance(document, Document) and isinstance(parsed, PolicyFile)):
        return ()
    levels = parsed.policy.seat_limited_levels
    return tuple(
        document.fault((SEATS, place), text('no ladder has the level "%(level)s"', level=level), one_of(known, level))
        for place, level in enumerate(levels)
        if level not in known
    )


def find_disagreements(policy: Policy, definition: Definition) -> tuple[Finding, ...]:
    """Return where a workflow counts votes otherwise than the policy: its quorum and its revotes."""
    findings = []
    for name, action in definition.actions.items():
        for place, guard in enumerate(action.when):
            path = ("actions", name, "when", place)
            params = guard.typed_params if guard.name in ("quorum", "revotes") else None
            if isinstance(params, AtLeast) and params.at_least != policy.ballot.quorum:
                what = text("the policy has another quorum: %(quorum)s", quorum=policy.ballot.quorum)
                findings.append(Finding(path, what, text("at_least: %(quorum)s", quorum=policy.ballot.quorum)))
            if isinstance(params, Below) and params.below != policy.ballot.revotes:
                what = text("the policy allows another number of revotes: %(revotes)s", revotes=policy.ballot.revotes)
                findings.append(Finding(path, what, text("below: %(revotes)s", revotes=policy.ballot.revotes)))
    return tuple(findings)


def _check_conflicts(data: Mapping[str, Any]) -> Iterator[Finding]:
    levels = data.get("conflicts")
    if not isinstance(levels, dict):
        return
    for kind in levels:
        if kind not in CONFLICT_KINDS:
            what = text('there is no conflict "%(kind)s"', kind=kind)
            yield Finding(("conflicts", kind), what, one_of(CONFLICT_KINDS, kind), True)
    for kind in REQUIRED_KINDS:
        if kind not in levels:
            what = text('nothing is said of the conflict "%(kind)s"', kind=kind)
            yield Finding(("conflicts",), what, one_of(ConflictLevel), True)
    for kind in ALWAYS_OUT:
        if levels.get(kind, ConflictLevel.OUT) != ConflictLevel.OUT:
            what = text('the conflict "%(kind)s" cannot be loosened', kind=kind)
            yield Finding(("conflicts", kind), what, text("out"))


def _check_load(load: GiverLoad) -> Iterator[Finding]:
    for key, minutes in (("nearly_full_above", load.nearly_full_above), ("full_above", load.full_above)):
        if minutes < load.minutes_a_request:
            what = text("nobody would have time: one request takes %(minutes)s", minutes=load.minutes_a_request)
            yield Finding(("giver_load", key), what, text("at least %(least)s", least=load.minutes_a_request))
    if load.nearly_full_above > load.full_above:
        what = text("nearly full comes before full, which is at %(minutes)s", minutes=load.full_above)
        yield Finding(("giver_load", "nearly_full_above"), what, text("at most %(most)s", most=load.full_above))


def _check_seats(levels: tuple[str, ...]) -> Iterator[Finding]:
    for place, level in enumerate(levels):
        if level in levels[:place]:
            yield Finding((SEATS, place), text('"%(level)s" is named twice', level=level), text("each level once"))


def _placed(document: Document, findings: tuple[Finding, ...]) -> tuple[Fault, ...]:
    make = (
        document.key_fault(each.path, each.what, each.expected)
        if each.is_at_key
        else document.fault(each.path, each.what, each.expected)
        for each in findings
    )
    return tuple(sorted(dict.fromkeys(make), key=lambda fault: (fault.line or 0, fault.column or 0)))


PARTS: Mapping[str, type[BaseModel]] = {
    "ballot": Ballot,
    "thresholds": Thresholds,
    "anonymity": Anonymity,
    "giver_load": GiverLoad,
}


def _known_keys(path: Path) -> Text:
    model = PARTS.get(str(path[0]), Policy) if len(path) > 1 else Policy
    return one_of((field.alias or name for name, field in model.model_fields.items()), str(path[-1]))
