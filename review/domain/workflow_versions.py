"""From one version of a workflow to another: what differs, and where live cases would go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from review.domain.errors import Fault
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.workflow import Tokens
from review.domain.workflow_definition import MAIN, Definition, Machine
from review.domain.workflow_finding import Path

ITEM = "item."
"""Before the kind of an item in `live` and `rename`: `item.feedback`."""

Token = tuple[str, str]


class Change(StrEnum):
    """What happened to a part from one version to the next."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """One part that differs, by its path, with what it was and what it is."""

    path: Path
    change: Change
    before: object = None
    after: object = None

    @property
    def place(self) -> str:
        """Return the path in words of the file."""
        return ".".join(str(part) for part in self.path)

    @property
    def was(self) -> str:
        """Return what it was, in one line; empty where it is new."""
        return _in_a_line(self.before)

    @property
    def now(self) -> str:
        """Return what it is, in one line; empty where it is gone."""
        return _in_a_line(self.after)


def _in_a_line(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False).replace('"', "")


def diff_definitions(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Return every difference, states and actions as wholes where they are new or gone, else key by key."""
    return tuple(_diff(_plain(old), _plain(new), ()))


def _plain(definition: Definition) -> Any:
    return definition.model_dump(by_alias=True, mode="json", exclude_defaults=True)


def _diff(old: Any, new: Any, path: Path) -> Iterator[Difference]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield Difference(path, Change.CHANGED, old, new)
        return
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            yield Difference((*path, key), Change.REMOVED, old[key])
        elif key not in old:
            yield Difference((*path, key), Change.ADDED, None, new[key])
        else:
            yield from _diff(old[key], new[key], (*path, key))


@dataclass(frozen=True)
class MigrationPlan:
    """Where each live token would go: (region, state) to a state of the new version, or None where there is none.

    `counts` says how many cases (or items) stand at each token. `new_regions` holds, for a state of the new version,
    the regions a case in it does not have yet, with the state each begins in.
    """

    targets: Mapping[Token, str | None]
    counts: Mapping[Token, int]
    new_regions: Mapping[str, Tokens]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return a fault for each live token that has no target; the plan is refused while there is one."""
        return tuple(
            Fault(
                text(
                    '%(count)s stand at "%(token)s", which the new version does not have',
                    count=self.counts[token],
                    token=".".join(token),
                ),
                text("a line in the renaming map: %(token)s = a state of the new version", token=".".join(token)),
                field=".".join(token),
            )
            for token, target in self.targets.items()
            if target is None and self.counts[token]
        )

    @property
    def is_refused(self) -> bool:
        """Tell whether a live token has nowhere to go."""
        return bool(self.faults)

    def migrate(self, tokens: Tokens) -> Tokens:
        """Return the tokens of a case in the new version; raise KeyError for a token that was not planned."""
        main = self.targets[MAIN, tokens[MAIN]]
        if main is None:
            raise KeyError((MAIN, tokens[MAIN]))
        moved = {MAIN: main, **self.new_regions.get(main, {})}
        for region, state in tokens.items():
            target = self.targets.get((region, state))
            if region != MAIN and target is not None:
                moved[region] = target
        return moved


def plan_migration(
    old: Definition, new: Definition, rename: Mapping[str, str], live: Mapping[Token, int]
) -> MigrationPlan:
    """Work out where live cases would go.

    Args:
        rename: `main.voting` to `ballot`, `second_rating.asked` to `waiting`, `item.feedback.asked` to `invited`.
        live: how many cases stand at each (region, state); items as (`item.feedback`, state).
    """
    targets = {token: _target(old, new, rename, token) for token in live}
    return MigrationPlan(targets, dict(live), _new_regions(old, new, rename))


def _target(old: Definition, new: Definition, rename: Mapping[str, str], token: Token) -> str | None:
    region, state = token
    wanted = rename.get(f"{region}.{state}", state)
    machines = list(_machines_after(old, new, rename, region))
    return wanted if machines and all(machine and wanted in machine.states for machine in machines) else None


def _machines_after(
    old: Definition, new: Definition, rename: Mapping[str, str], region: str
) -> Iterator[Machine | None]:
    """Yield the machines of the new version that a region's tokens would stand in; None where one is missing."""
    if region == MAIN:
        yield new
    elif region.startswith(ITEM):
        yield new.items.get(region.removeprefix(ITEM))
    else:
        for name, state in old.states.items():
            if region in state.regions:
                after = new.states.get(rename.get(f"{MAIN}.{name}", name))
                yield after.regions.get(region) if after else None


def _new_regions(old: Definition, new: Definition, rename: Mapping[str, str]) -> dict[str, Tokens]:
    found: dict[str, Tokens] = {}
    for name, state in old.states.items():
        after = rename.get(f"{MAIN}.{name}", name)
        regions = new.states[after].regions if after in new.states else {}
        added = {region: machine.initial for region, machine in regions.items() if region not in state.regions}
        if added:
            found[after] = added
    return found
