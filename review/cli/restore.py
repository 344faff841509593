"""`dualtrack restore`: a backup checked, put into an empty place, checked again and made safe."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import click

from review.adapters.backup_database import check_dump
from review.adapters.backup_file import DATABASE, BackupFault, Manifest, OpenBackup, Tell, mark_key, open_backup
from review.adapters.backup_keys import AUDIT, SECRET, keys_beside, read_keys
from review.adapters.backup_rows import digest_sqlite
from review.adapters.erasure_list import FILE_NAME
from review.adapters.packet_files import write_whole
from review.cli.backup import Progress, describe, told_in_a_sentence
from review.cli.restore_place import PLACES, compare
from review.config import Settings, UnsafeSettings, read_settings

NAMED = {AUDIT: "AUDIT_KEY", SECRET: "SECRET_KEY"}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--keys", "keys_file", type=click.Path(dir_okay=False, path_type=Path), help="Instead of FILE.keys.")
@click.option(
    "--erasures",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The list of erasures that was kept beside the backups; else that of VAR_DIR, if there is one.",
)
@click.option("--check", "is_check", is_flag=True, help="Verify the backup and restore nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def restore(file: Path, *, keys_file: Path | None, erasures: Path | None, is_check: bool, is_json: bool) -> None:
    """Put the backup in FILE into the empty place that the settings name, and make it safe.

    Nothing is touched before the backup has been verified, nor in a place that is not empty. Mail that was waiting is
    held back, sign-ins and links of before open nothing. Who was erased since it was made is erased anew. A backup goes
    to the same kind of database.
    """
    tell = Progress()
    with told_in_a_sentence(), ExitStack() as opened:
        keys = read_keys(keys_file or keys_beside(file))
        source = opened.enter_context(open_backup(file, tell=tell))
        check_fit(source, keys, file)
        if is_check:
            check_content(source, tell=tell)
            answer, words = describe(source.manifest), f"{file} is whole: {_sum_up(source.manifest)}."
        else:
            settings = read_target(keys, os.environ)
            if erasures is not None:
                write_whole(settings.var_dir / FILE_NAME, erasures.read_bytes())
            made_safe = PLACES[source.manifest.database](settings, source, keys, tell)
            answer = describe(source.manifest) | {"made_safe": asdict(made_safe)}
            words = (
                f"Restored: {_sum_up(source.manifest)}; rows, trail and files are as they were.\n"
                f"Held back: {made_safe.mails} mails and {made_safe.notices} notices that were due. "
                f"Ended: {made_safe.sign_ins} sign-ins, {made_safe.links} links of givers from outside. "
                f"Erased anew: {made_safe.erased} people."
            )
        broken = source.manifest.trail.broken_at
    click.echo(json.dumps(answer) if is_json else words)
    if broken is not None:
        click.echo(f"The audit trail is broken at event {broken}, as it was when the backup was made.", err=True)
        sys.exit(1)


def check_fit(source: OpenBackup, keys: Mapping[str, bytes], file: Path) -> None:
    """Say by BackupFault when the keys are not those of the backup, or this version is too old for it."""
    manifest = source.manifest
    marks = {name: mark_key(key, manifest.id) for name, key in keys.items()}
    if marks.get(AUDIT) != manifest.keys[AUDIT] or marks.get(SECRET) != manifest.keys[SECRET]:
        raise BackupFault("These keys belong to another installation than the backup.")
    if not source.is_sealed_by(keys[AUDIT]):
        raise BackupFault(f"{file} was not written by `dualtrack backup` with these keys: somebody else made it.")
    if manifest.database not in PLACES:
        raise BackupFault(f"This version knows no database named {manifest.database}.")
    if manifest.revision not in known_revisions():
        raise BackupFault(
            f"The backup is of revision {manifest.revision}, made by version {manifest.program}: "
            "this version does not know it. Restore it with that version or a newer one."
        )


def known_revisions() -> set[str]:
    """Return every revision that this version can bring up to its own."""
    from alembic.script import ScriptDirectory

    from review.config import ROOT

    return {step.revision for step in ScriptDirectory(str(ROOT / "migrations")).walk_revisions()}


def check_content(source: OpenBackup, *, tell: Tell) -> None:
    """Say by BackupFault when what is in the backup is not what its manifest says; writes to a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="dualtrack-check-") as folder:
        for number, name in enumerate([DATABASE, *source.kept_files()]):
            tell("Checking what is in it", number, len(source.manifest.files))
            source.extract(name, Path(folder) / str(number))
            if number:
                (Path(folder) / str(number)).unlink()
        copy = Path(folder) / "0"
        if source.manifest.database == "sqlite":
            compare(source.manifest, digest_sqlite(copy, tell=tell))
        else:
            check_dump(copy)


def read_target(keys: Mapping[str, bytes], environ: Mapping[str, str]) -> Settings:
    """Return the settings of the place to restore to, with the keys of the backup.

    Raises BackupFault when the place is told to use another audit key: the trail would not hold under it.
    """
    audit_key = keys[AUDIT].decode()
    if environ.get("AUDIT_KEY", audit_key) != audit_key:
        raise BackupFault("AUDIT_KEY is another key than the backup's, and the trail would not hold: leave it out.")
    try:
        return read_settings({"SECRET_KEY": keys[SECRET].decode(), **environ, "AUDIT_KEY": audit_key})
    except UnsafeSettings as error:
        raise BackupFault(" ".join(error.problems)) from error


def _sum_up(manifest: Manifest) -> str:
    rows = sum(table.rows for table in manifest.tables.values())
    return (
        f"{rows} rows in {len(manifest.tables)} tables and {len(manifest.files) - 1} files of "
        f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    )
