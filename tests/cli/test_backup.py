"""`dualtrack backup` and `restore`: what they write, and what they refuse before they touch anything."""

from __future__ import annotations

import json
import tarfile
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters import backup_file
from review.adapters.backup_file import DATABASE, BackupFault, Table, mark_key, open_backup, write_backup
from review.adapters.backup_keys import read_keys
from review.adapters.revisions import newest_revision
from review.config import Settings
from review.domain.access import SYSTEM
from review.extensions import add_migrations, db, make_engine
from review.models import AuditEvent, Person
from review.services import audit
from tests.backup_room import back_up, make_place, run, said, told, what_is_in
from tests.conftest import make_settings
from tests.postgres import PostgresServer
from tests.trail import detail_of


def hear(_what: str, _done: int, _total: int) -> None:
    """Hear how far a step is, and say nothing."""


@pytest.fixture
def backup(settings: Settings, session: Session, now: datetime, tmp_path: Path) -> Path:
    """Back up a place with somebody, an event and a file; what is made later is not in it."""
    session.add(Person(external_id="somebody", name="Ärger \0 {x}".replace("\0", "\t"), email="somebody@example.org"))
    audit.record(session, "people.import", actor=SYSTEM, now=now)
    session.commit()
    (settings.files_dir / "packets" / "1").mkdir(parents=True)
    (settings.files_dir / "packets" / "1" / "a.pdf").write_bytes(b"%PDF-1.7 a packet")
    file = tmp_path / "backup.tar"
    assert back_up(settings, file).exit_code == 0
    return file


@pytest.fixture
def place(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Return an empty place."""
    return make_place(settings, tmp_path / "elsewhere", request)


def is_empty(place: Settings, postgres: PostgresServer | None) -> bool:
    """Tell whether nothing was put into a place."""
    if postgres is None:
        return what_is_in(place.var_dir) == {}
    name = place.database_url.rpartition("/")[2]
    with closing(psycopg.connect(f"host=127.0.0.1 port={postgres.port} user=postgres dbname={name}")) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'dbos')").fetchone()
    return what_is_in(place.var_dir) == {} and row == (0,)


def rewrite(backup: Path, settings: Settings, **changes: Any) -> None:
    """Write a backup anew, whole and sealed with its own key, with another manifest."""
    copy = backup.with_name("database.copy")
    with open_backup(backup, tell=hear) as old:
        old.extract(DATABASE, copy)
        manifest = replace(old.manifest, files={}, **changes)
    write_backup(backup, manifest, copy, settings.files_dir, key=settings.audit_key.encode(), tell=hear)


@pytest.mark.both_databases
def test_a_place_comes_back_as_it_was(backup: Path, settings: Settings, place: Settings, now: datetime) -> None:
    assert run(place, "restore", backup, "--check").exit_code == 0
    answer = told(run(place, "restore", backup, "--json"))
    assert answer["made_safe"] == {"mails": 0, "notices": 0, "sign_ins": 0, "links": 0, "erased": 0}
    kept = what_is_in(place.files_dir)
    assert kept == {"packets/1/a.pdf": b"%PDF-1.7 a packet"}
    keys = {name: (place.var_dir / name) for name in ("secret.key", "audit.key")}
    assert {name: path.read_text() for name, path in keys.items()} == {
        "secret.key": settings.secret_key,
        "audit.key": settings.audit_key,
    }
    assert {path.stat().st_mode & 0o777 for path in keys.values()} == {0o600}
    engine = make_engine(replace(place, audit_key=settings.audit_key))
    with Session(engine) as session:
        assert session.scalars(sa.select(Person.name)).all() == ["Ärger \t {x}"]
        kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
        assert kinds == ["people.import", "installation.restore"]
        assert audit.find_break(session) is None
    engine.dispose()


@pytest.mark.both_databases
def test_the_backup_is_kept_in_the_trail(backup: Path, engine: Engine) -> None:
    with open_backup(backup, tell=hear) as opened:
        backup_id = opened.manifest.id
    with Session(engine) as session:
        event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
        assert event is not None
        assert (event.kind, detail_of(session, event)["backup"]) == ("installation.backup", backup_id)
        assert audit.find_break(session) is None


def test_keys_are_apart(backup: Path, settings: Settings) -> None:
    content = backup.read_bytes()
    assert [key for key in (settings.secret_key, settings.audit_key) if key.encode() in content] == []
    keys = backup.with_name("backup.tar.keys")
    assert read_keys(keys) == {"secret.key": settings.secret_key.encode(), "audit.key": settings.audit_key.encode()}
    assert (keys.stat().st_mode & 0o777, backup.stat().st_mode & 0o777) == (0o600, 0o600)
    with tarfile.open(backup) as tar:
        assert tar.getnames() == ["database", "files/packets/1/a.pdf", "manifest.json", "seal.json"]


def test_the_key_that_signs_packets_goes_with_the_others(settings: Settings, place: Settings, tmp_path: Path) -> None:
    signing = tmp_path / "apart" / "own.pem"
    signing.parent.mkdir()
    signing.write_text("-----BEGIN PRIVATE KEY-----")
    file = tmp_path / "signed.tar"
    assert back_up(replace(settings, signing=signing), file, SIGNING_KEY=str(signing)).exit_code == 0
    assert b"PRIVATE KEY" not in file.read_bytes()
    told(run(place, "restore", file, "--json"))
    assert (place.var_dir / "signing.pem").read_text() == "-----BEGIN PRIVATE KEY-----"


def test_every_flipped_bit_is_found(backup: Path) -> None:
    whole, damaged = backup.read_bytes(), bytearray(backup.read_bytes())
    backup_ends = range(len(whole) - 12_000, len(whole), 251)
    for place in (*range(0, 4096, 127), *range(4096, len(whole), 40_009), *backup_ends):
        damaged[place] ^= 1 << place % 8
        backup.write_bytes(damaged)
        with pytest.raises(BackupFault), open_backup(backup, tell=hear):
            pytest.fail(f"a flipped bit in byte {place} was not found")
        damaged[place] ^= 1 << place % 8
    backup.write_bytes(whole)
    with open_backup(backup, tell=hear) as opened:
        assert opened.manifest.files.keys() == {"database", "files/packets/1/a.pdf"}


def test_a_cut_or_longer_backup_is_found(backup: Path) -> None:
    whole = backup.read_bytes()
    for content in (b"", whole[:100], whole[: len(whole) // 2], whole[:-1], whole[:-10240], whole + b"\0"):
        backup.write_bytes(content)
        with pytest.raises(BackupFault), open_backup(backup, tell=hear):
            pytest.fail(f"{len(content)} of {len(whole)} bytes were taken for a backup")


def test_damage_is_told_and_nothing_touched(backup: Path, place: Settings) -> None:
    content = bytearray(backup.read_bytes())
    content[200_000] ^= 4
    backup.write_bytes(content)
    assert said(run(place, "restore", backup)) == (
        f"Error: {backup} was changed or damaged since it was written. Take another backup."
    )
    assert is_empty(place, None)


def test_missing_and_foreign_keys_are_told(backup: Path, place: Settings, settings: Settings, tmp_path: Path) -> None:
    beside = backup.with_name("backup.tar.keys")
    kept = beside.rename(tmp_path / "kept")
    assert said(run(place, "restore", backup)).startswith(f"Error: The keys are missing: {beside}. Put the file")
    beside.write_text("{}")
    assert said(run(place, "restore", backup)) == (
        f"Error: {beside} holds no keys: it is not what `dualtrack backup` wrote."
    )
    other = replace(settings, audit_key="another-audit-key-" * 3)
    (tmp_path / "other").mkdir()
    assert back_up(other, tmp_path / "other" / "backup.tar").exit_code == 1  # the trail does not hold under that key
    foreign = tmp_path / "other" / "backup.tar.keys"
    assert said(run(place, "restore", backup, "--keys", foreign)) == (
        "Error: These keys belong to another installation than the backup."
    )
    assert said(run(place, "restore", backup, "--keys", kept, AUDIT_KEY="something else altogether " * 2)).startswith(
        "Error: AUDIT_KEY is another key than the backup's"
    )
    assert is_empty(place, None)


def test_a_backup_that_somebody_else_made_is_refused(backup: Path, place: Settings, settings: Settings) -> None:
    forged = replace(settings, audit_key="not the key of this place at all")
    rewrite(backup, forged)
    assert said(run(place, "restore", backup)).endswith("with these keys: somebody else made it.")
    assert is_empty(place, None)


@pytest.mark.both_databases
def test_a_full_place_is_left_alone(backup: Path, place: Settings, settings: Settings) -> None:
    (place.files_dir / "mine.pdf").write_bytes(b"mine")
    assert said(run(place, "restore", backup)) == f"Error: {place.files_dir} holds 1 files: restore to an empty place."
    (place.files_dir / "mine.pdf").unlink()
    (place.var_dir / "audit.key").write_text("mine")
    assert said(run(place, "restore", backup)) == (
        f"Error: {place.var_dir}/audit.key is the key of another installation: restore to an empty place."
    )
    assert what_is_in(place.var_dir) == {"audit.key": b"mine"}
    here = replace(place, database_url=settings.database_url)
    name = settings.database_url.rpartition("/")[2]
    refused = said(run(here, "restore", backup))
    if settings.is_sqlite:
        path = settings.database_url.removeprefix("sqlite:///")
        assert refused == f"Error: There is a database at {path}: restore to an empty place, or move it away first."
    else:
        assert refused.startswith(f"Error: The database {name} holds ")
    assert what_is_in(place.var_dir) == {"audit.key": b"mine"}


def test_what_a_killed_restore_left_is_no_hindrance(backup: Path, place: Settings) -> None:
    (place.files_dir / ".restoring" / "packets").mkdir(parents=True)
    (place.files_dir / ".restoring" / "packets" / "half.pdf").write_bytes(b"%PDF")
    (place.var_dir / "restored.db.restoring").write_bytes(b"half")
    (place.files_dir / "packets" / "empty").mkdir(parents=True)
    assert run(place, "restore", backup).exit_code == 0
    assert what_is_in(place.files_dir) == {"packets/1/a.pdf": b"%PDF-1.7 a packet"}
    assert sorted(path.name for path in place.var_dir.iterdir()) == [
        "audit.key",
        "files",
        "restored.db",
        "secret.key",
        "slots",
    ]


def test_a_place_that_cannot_be_written_is_told(backup: Path, place: Settings) -> None:
    nowhere = replace(place, files_dir=Path("/proc/nowhere"))
    assert said(run(nowhere, "restore", backup)) == "Error: /proc/nowhere: No such file or directory."
    assert is_empty(place, None)


@pytest.mark.both_databases
def test_rows_that_are_not_as_they_were_are_told_and_taken_out_again(
    backup: Path, place: Settings, settings: Settings, request: pytest.FixtureRequest
) -> None:
    with open_backup(backup, tell=hear) as opened:
        tables = dict(opened.manifest.tables)
    name = "person" if settings.is_sqlite else "public.person"
    rewrite(backup, settings, tables=tables | {name: Table(1, "0" * 64)})
    assert said(run(place, "restore", backup)) == (
        f"Error: These tables are not as they were when the backup was made: {name}."
    )
    assert is_empty(place, None if settings.is_sqlite else request.getfixturevalue("postgres"))


def test_a_newer_form_or_revision_is_told(
    backup: Path, place: Settings, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(backup, settings, revision="9999", program="9.0")
    assert said(run(place, "restore", backup)) == (
        "Error: The backup is of revision 9999, made by version 9.0: "
        "this version does not know it. Restore it with that version or a newer one."
    )
    monkeypatch.setattr(backup_file, "FORMAT", 0)  # a version before this one
    assert said(run(place, "restore", backup)) == (
        "Error: This backup has a form that this version does not know: restore it with a newer one."
    )
    assert is_empty(place, None)


def test_a_backup_stays_with_its_kind_of_database(backup: Path, place: Settings) -> None:
    other = replace(place, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert said(run(other, "restore", backup)) == (
        "Error: This is a backup of SQLite, and DATABASE_URL names PostgreSQL: restore it to SQLite. "
        "A backup does not go from one kind of database to the other."
    )


def test_an_older_revision_is_brought_up(app: Flask, settings: Settings, place: Settings, tmp_path: Path) -> None:
    add_migrations(app)
    with app.app_context():
        downgrade(revision="-1")
        db.engine.dispose()
    file = tmp_path / "older.tar"
    assert back_up(settings, file).exit_code == 0
    answer = told(run(place, "restore", file, "--json"))
    assert answer["revision"] != newest_revision()
    engine = make_engine(make_settings(place.database_url, place.var_dir))
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == newest_revision()
    engine.dispose()


def test_a_backup_is_replaced_only_when_told(backup: Path, settings: Settings) -> None:
    before = what_is_in(backup.parent)
    assert said(back_up(settings, backup)) == (
        f"Error: {backup} is there already: choose another name, or replace it with --force."
    )
    assert what_is_in(backup.parent) == before
    answer = told(back_up(settings, backup, "--force", "--json"))
    assert backup.read_bytes() != before["backup.tar"]
    with open_backup(backup, tell=hear) as opened:
        assert opened.manifest.id == answer["id"]
        assert opened.manifest.keys["audit.key"] == mark_key(settings.audit_key.encode(), opened.manifest.id)
    assert sorted(path.name for path in backup.parent.glob("*backup.tar*")) == ["backup.tar", "backup.tar.keys"]


def test_a_trail_that_is_broken_is_told_and_backed_up_all_the_same(
    backup: Path, settings: Settings, session: Session, tmp_path: Path
) -> None:
    session.execute(sa.update(AuditEvent).where(AuditEvent.seq == 1).values(kind="case.seal"))
    session.commit()
    result = back_up(settings, tmp_path / "broken.tar", "--json")
    assert (result.exit_code, json.loads(result.stdout)["trail"]["broken_at"]) == (1, 1)
