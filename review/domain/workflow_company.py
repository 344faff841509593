"""Whether a workflow fits the company that is to use it: committees large enough, functions there, roles staffed."""

from __future__ import annotations

from collections.abc import Iterator

from review.domain.checks.registry import AtLeast, FunctionsCovered
from review.domain.errors import Fault
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.workflow_definition import GROUPS, Definition, Guard
from review.domain.workflow_finding import Path, spots
from review.domain.workflow_gates import check_sign_off, needs_sign_off

OF_THE_CASE = frozenset({"candidate", "manager", "giver", "report", "second_rater", "member", "panelist"})
"""Roles that people get by a case itself; nobody has to be named for them beforehand."""

COMMITTEE_CHECKS = frozenset({"quorum", "quorum_possible", "votes_cast"})


@dataclass(frozen=True)
class CompanyFacts:
    """What publishing looks at. `smallest_committee` counts members, None while there is no committee yet.

    `staffed_roles`: roles that at least one active person holds (chair of a committee included).
    `is_for_people_managers`: the workflow is meant for a track that leads people.
    """

    functions: frozenset[str]
    staffed_roles: frozenset[str]
    smallest_committee: int | None = None
    is_for_people_managers: bool = False


def check_against_company(definition: Definition, company: CompanyFacts) -> tuple[Fault, ...]:
    """Return what would keep cases of this company from ending; each fault names the part by its `field`."""
    return (
        *_check_roles(definition, company),
        *_check_guards(definition, company),
        *_check_signature(definition, company),
    )


def _check_roles(definition: Definition, company: CompanyFacts) -> Iterator[Fault]:
    for role, title in definition.roles.items():
        if role not in OF_THE_CASE and role not in company.staffed_roles:
            what = text("nobody has the role: %(role)s", role=title)
            way = text("at least one active person; an IT admin gives the role on People › Roles")
            yield _fault(("roles", role), what, way)


def _check_guards(definition: Definition, company: CompanyFacts) -> Iterator[Fault]:
    for path, guard in _guards(definition):
        params = guard.typed_params
        if isinstance(params, FunctionsCovered):
            for function in params.functions:
                if function not in company.functions:
                    what = text("there is no function %(function)s", function=function)
                    yield _fault(path, what, text("a function of the company"))
            if params.at_least > len(company.functions):
                what = plural(
                    "the company has only %(count)s function",
                    "the company has only %(count)s functions",
                    len(company.functions),
                )
                yield _fault(path, what, text("at_least: at most that many"))
        size = company.smallest_committee
        if (
            guard.name in COMMITTEE_CHECKS
            and isinstance(params, AtLeast)
            and size is not None
            and params.at_least > size
        ):
            what = text("the smallest committee has %(count)s members", count=size)
            yield _fault(path, what, text("at_least: at most that many"))


def _guards(definition: Definition) -> Iterator[tuple[Path, Guard]]:
    for spot in spots(definition):
        for name, action in spot.machine.actions.items():
            for place, condition in enumerate(action.when):
                for guard in condition.walk():
                    if guard.name not in GROUPS:
                        yield (*spot.path, "actions", name, "when", place), guard


def _check_signature(definition: Definition, company: CompanyFacts) -> Iterator[Fault]:
    if not company.is_for_people_managers:
        return
    if not needs_sign_off(definition):
        what = text("promotions of people managers need an executive's signature")
        yield _fault(("roles",), what, text("the role executive, and an action that only it has"))
        return
    for finding in check_sign_off(definition):
        yield _fault(finding.path, finding.what, finding.expected)


def _fault(path: Path, what: Text, expected: Text | None) -> Fault:
    return Fault(what, expected, field=".".join(str(part) for part in path))
