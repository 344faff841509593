"""Where the audit key lies, and where the next one does while the trail is sealed anew."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from review.config import KEY_LENGTH, Settings

NAME = "audit.key"
BEFORE, NEXT = f"{NAME}.before", f"{NAME}.next"


def find_next_key(settings: Settings) -> str:
    """Return the key to come: from the environment where the present one is from there, else from a file that is made.

    Raises ValueError with what to do where it is missing, too short, or the present one or that of the cookies.
    """
    if not os.environ.get("AUDIT_KEY"):
        return _kept_next(settings.var_dir / NEXT)
    new = os.environ.get("AUDIT_KEY_NEXT", "")
    if len(new) < KEY_LENGTH:
        raise ValueError(f"AUDIT_KEY comes from the environment: say AUDIT_KEY_NEXT too, {KEY_LENGTH} signs or more.")
    if new in (settings.audit_key, settings.secret_key):
        raise ValueError("AUDIT_KEY_NEXT must be another key than AUDIT_KEY and SECRET_KEY.")
    return new


def put_in_place(settings: Settings) -> str:
    """Let the next start find the new key, once the trail holds under it; return what is left to do."""
    if os.environ.get("AUDIT_KEY"):
        return "Put AUDIT_KEY_NEXT in the place of AUDIT_KEY, on every host, before anything starts."
    here, before = settings.var_dir / NAME, settings.var_dir / BEFORE
    before.unlink(missing_ok=True)
    os.link(here, before)
    (settings.var_dir / NEXT).replace(here)
    return f"{here} is the new key, on every host. Delete {before} once a backup of now is kept."


def _kept_next(path: Path) -> str:
    """Return the key that is waiting in a file; made where there is none, whole or not at all."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_LENGTH))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return path.read_text(encoding="ascii").strip()
