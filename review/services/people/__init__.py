"""Changing people: imports, leaving, levels, roles and passwords, and the handover of cases with a manager change."""

from __future__ import annotations

from review.services.people.handover import hand_over_cases
from review.services.people.importing import apply_changes, plan_import
from review.services.people.leaving import deactivate
from review.services.people.parts import DirectoryMovedError, Progress, Wish, take_in
from review.services.people.standing import grant_role, revoke_role, set_level, set_password

__all__ = [
    "DirectoryMovedError",
    "Progress",
    "Wish",
    "apply_changes",
    "deactivate",
    "grant_role",
    "hand_over_cases",
    "plan_import",
    "revoke_role",
    "set_level",
    "set_password",
    "take_in",
]
