"""Emergency access to a case: who may be let in by whom, and for how long."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from review.domain.access import Role
from review.domain.errors import Fault
from review.domain.text import Text, text

LASTS = timedelta(hours=24)
REASON_LENGTH = 1_000
CODE_LENGTH = 60
OUT = frozenset({Role.INVOLVED_HR, Role.IT_ADMIN})
"""Who may be let in: an HR partner who is out of the case, and whoever runs the installation."""


def find_faults(code: str, reason: str) -> list[Fault]:
    """Return what is wrong with a request; whether there is such a case is never said."""
    faults = []
    for name, words, most in (("code", code, CODE_LENGTH), ("reason", reason, REASON_LENGTH)):
        if not words.strip():
            faults.append(Fault(text("Please fill this in"), field=name))
        elif len(words) > most:
            faults.append(Fault(text("This is too long"), text("at most %(count)s signs", count=most), field=name))
    return faults


def lent_roles(roles: Collection[Role]) -> frozenset[Role]:
    """Return what an open access lends for reading; nothing to the candidate, whoever else they are."""
    if Role.CANDIDATE in roles or OUT.isdisjoint(roles):
        return frozenset()
    return frozenset({Role.HR})


def why_not_let_in(asker: Collection[Role], *, is_own: bool, has_third: bool) -> Text | None:
    """Return why a request cannot be granted, None where it can.

    Args:
        asker: the roles of who asks in the case.
        is_own: the same person asks and answers.
        has_third: somebody else is there to be told.
    """
    if is_own:
        return text("Somebody else has to answer your request")
    if Role.CANDIDATE in asker:
        return text("Candidates are not let into their own case")
    if Role.HR in asker:
        return text("They can read this case anyway")
    if OUT.isdisjoint(asker):
        return text("Only HR partners and whoever runs Dualtrack can be let in")
    if not has_third:
        return text("There is no third person to be told: another HR partner or an auditor")
    return None
