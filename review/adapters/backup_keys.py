"""The keys of an installation in a file of their own, beside a backup and never in it."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from review.adapters.backup_file import BackupFault
from review.config import SIGNING, Settings

FORMAT = 1
SECRET, AUDIT = "secret.key", "audit.key"
KINDS = ("*.key", "*.pem", "*.p12", "*.pfx", "*.crt")
"""What else in VAR_DIR holds a key, or belongs to one."""


def collect_keys(settings: Settings) -> dict[str, bytes]:
    """Return every key by the name of the file in VAR_DIR that would hold it."""
    found = {path.name: path.read_bytes() for kind in KINDS for path in settings.var_dir.glob(kind) if path.is_file()}
    if settings.signing_key.is_file():
        found[SIGNING] = settings.signing_key.read_bytes()
    return {**found, SECRET: settings.secret_key.encode(), AUDIT: settings.audit_key.encode()}


def keys_beside(backup: Path) -> Path:
    """Return where the keys of a backup are."""
    return backup.with_name(f"{backup.name}.keys")


def write_keys(path: Path, keys: dict[str, bytes]) -> None:
    """Write the keys, readable by their owner alone, whole or not at all."""
    data = {"format": FORMAT, "keys": {name: base64.b64encode(key).decode() for name, key in sorted(keys.items())}}
    write_private(path, json.dumps(data, indent=1).encode())


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_keys(path: Path) -> dict[str, bytes]:
    """Return the keys in a file; BackupFault when it is not there or holds none."""
    try:
        data = json.loads(path.read_bytes())
        keys = {Path(name).name: base64.b64decode(key, validate=True) for name, key in data["keys"].items()}
    except FileNotFoundError as error:
        raise BackupFault(
            f"The keys are missing: {path}. Put the file that `dualtrack backup` wrote there, or name it with --keys; "
            "without the audit key the trail cannot be verified."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupFault(f"{path} holds no keys: it is not what `dualtrack backup` wrote.") from error
    if not {SECRET, AUDIT} <= keys.keys() or data.get("format") != FORMAT:
        raise BackupFault(f"{path} does not hold both keys in a form that this version knows.")
    return keys
