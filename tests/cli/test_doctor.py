"""`dualtrack doctor` finds what is unsafe or missing, and says how to mend it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.job_slots import make_slot_locks
from review.adapters.packet_keys import certificate_beside, make_key
from review.cli.database import LOCK, migrate_database
from review.cli.doctor import doctor, find_in_database, find_in_work
from review.cli.doctor_places import (
    Finding,
    find_file_system,
    find_in_connections,
    find_in_folders,
    find_in_server,
    find_in_settings,
    find_missing_libraries,
    find_open_to_others,
    find_plain_database,
    try_mail,
)
from review.cli.doctor_signing import find_in_signing, name_signing_key
from review.config import JobsMode, Settings
from review.extensions import make_engine
from review.models import AuditEvent, PacketFile, Person
from review.services.messages import claim_due, enqueue_message, mark_failed
from review.services.restored import record_backup
from tests.backup_room import mail_server
from tests.committee_room import sealed_room
from tests.conftest import environment
from tests.ports import free_port


@pytest.fixture
def somebody(session: Session) -> Person:
    """Put a person into the directory."""
    person = Person(external_id="somebody", name="Somebody", email="somebody@example.org")
    session.add(person)
    session.commit()
    return person


def mends(findings: list[Finding]) -> list[str]:
    """Return what to do."""
    return [finding.mend for finding in findings]


@pytest.mark.both_databases
@pytest.mark.usefixtures("somebody")
def test_a_healthy_database_has_no_finding(engine: Engine, now: datetime) -> None:
    assert list(find_in_database(engine, now=now)) == []


def test_an_empty_directory_is_found(engine: Engine, now: datetime) -> None:
    assert mends(list(find_in_database(engine, now=now))) == ["dualtrack people import FILE"]


def test_a_database_of_another_version_is_found(settings: Settings, tmp_path: Path, now: datetime) -> None:
    engine = make_engine(replace(settings, database_url=f"sqlite:///{tmp_path}/empty.db"))
    assert mends(list(find_in_database(engine, now=now))) == ["dualtrack db migrate"]
    engine.dispose()


def test_a_database_that_is_away_is_found(settings: Settings, tmp_path: Path, now: datetime) -> None:
    engine = make_engine(replace(settings, database_url=f"sqlite:///{tmp_path}/no/such/folder.db"))
    assert mends(list(find_in_database(engine, now=now))) == ["Look at DATABASE_URL and at the server."]
    engine.dispose()


def test_mail_that_cannot_be_sent_is_found(session: Session, engine: Engine, somebody: Person, now: datetime) -> None:
    enqueue_message(session, key="a", to_person_id=somebody.id, template="gate_not_met", case_id=None, now=now)
    [message_id] = claim_due(session, now=now)
    mark_failed(session, message_id, "MailNotSent: 550 no such user", now=now)
    session.commit()
    assert list(find_in_database(engine, now=now + timedelta(minutes=59))) == []
    [finding] = find_in_database(engine, now=now + timedelta(minutes=61))
    assert finding.what == "1 mail could not be sent for over an hour: MailNotSent: 550 no such user"


def test_a_missing_library_is_named_with_its_package() -> None:
    found = find_missing_libraries(lambda name: None if name == "harfbuzz-subset" else name)
    assert mends(list(found)) == ["apt-get install libharfbuzz-subset0"]


def test_this_machine_has_every_library() -> None:
    assert list(find_missing_libraries()) == []


def test_a_folder_that_is_not_there_is_found(settings: Settings, tmp_path: Path) -> None:
    assert list(find_in_folders(settings)) == []
    chosen = replace(settings, files_dir=tmp_path / "nowhere")
    assert mends(list(find_in_folders(chosen))) == ["Give it to the user that runs Dualtrack."]


def test_settings_of_a_trial_are_found_on_a_real_installation(settings: Settings) -> None:
    real = replace(settings, public_url="https://dualtrack.example", bind="0.0.0.0:8080")
    assert mends(list(find_in_settings(real))) == [
        "Set MAIL to your mail server: smtp://host:587",
        "Let cron run `dualtrack tick` each minute, or leave JOBS out.",
        "Set PROXIES to the number of proxies in front, which must set X-Forwarded-For: PROXIES=1",
        "Bind to 127.0.0.1, or to the address that only the proxy reaches.",
    ]
    mended = replace(real, jobs=JobsMode.DBOS, mail="smtp://mail.example", proxies=1, bind="127.0.0.1:8080")
    assert mends(list(find_in_settings(mended))) == ["Set MAIL_FROM to one of yours."]
    assert list(find_in_settings(replace(mended, mail_from="dualtrack@dualtrack.example"))) == []


def test_a_database_elsewhere_is_reached_by_verified_tls(settings: Settings) -> None:
    def look(rest: str) -> list[Finding]:
        return list(find_plain_database(replace(settings, database_url=f"postgresql+psycopg://{rest}")))

    plain = ["u:p@db.example/d", "u:p@db.example/d?sslmode=require"]
    assert [[finding.what for finding in look(each)] for each in plain] == [
        ["What is read and written goes to db.example where others on the way may read or change it."]
    ] * 2
    fine = ["u:p@db.example/d?sslmode=verify-full&sslrootcert=ca.pem", "u@127.0.0.1/d", "u@/d?host=/run/postgresql"]
    assert [look(each) for each in fine] == [[]] * 3
    assert list(find_plain_database(replace(settings, database_url="sqlite:////var/d.db"))) == []


def test_a_key_that_can_be_guessed_is_found(settings: Settings) -> None:
    weak = replace(settings, jobs=JobsMode.DBOS, secret_key="secret" * 6, audit_key="0" * 40)
    assert [finding.what for finding in find_in_settings(weak)] == [
        "SECRET_KEY can be guessed: it has 5 different signs.",
        "AUDIT_KEY can be guessed: it has 1 different signs.",
    ]


def test_what_others_can_read_is_found(settings: Settings) -> None:
    key = settings.var_dir / "secret.key"
    key.write_text("x")
    key.chmod(0o644)
    settings.var_dir.chmod(0o700)
    assert mends(list(find_open_to_others(settings))) == [f"chmod 600 {key}"]
    key.chmod(0o600)
    assert list(find_open_to_others(settings)) == []


def test_a_network_file_system_is_found(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nhost:/share {tmp_path} nfs4 rw 0 0\n")
    assert mends(list(find_in_server(engine, settings, mounts=mounts))) == [
        "Move VAR_DIR to a disk of this machine, or use PostgreSQL."
    ]
    assert find_file_system(Path("/elsewhere"), mounts) == "ext4"
    mounts.write_text("/dev/sda / ext4 rw 0 0\n")
    assert list(find_in_server(engine, settings, mounts=mounts)) == []


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_server_that_may_lose_words_is_found(engine: Engine, settings: Settings) -> None:
    assert mends(list(find_in_server(engine, settings))) == [
        "Set fsync = on",
        "Set full_page_writes = on",
        "Set synchronous_commit = on",
    ]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_more_connections_than_the_server_takes_are_found(engine: Engine, settings: Settings) -> None:
    """The server of the tests takes 60, three of them for those who look after it."""
    assert list(find_in_connections(engine, settings)) == []
    many = replace(settings, web_workers=12)
    assert list(find_in_connections(engine, many)) == []
    slots = make_slot_locks(engine, settings.var_dir / "slots")
    assert slots.hold("one-0")
    assert slots.hold("two-0")
    assert [finding.what for finding in find_in_connections(engine, many)] == [
        "2 hosts like this one may open 104 connections; PostgreSQL takes 57."
    ]
    slots.drop("one-0")
    slots.drop("two-0")


@pytest.mark.both_databases
@pytest.mark.usefixtures("somebody")
def test_work_that_nobody_does_is_found(engine: Engine, settings: Settings, now: datetime) -> None:
    real = replace(settings, jobs=JobsMode.DBOS)
    migrate_database(real)
    late = now + timedelta(days=8)
    with Session(engine) as session:
        record_backup(session, backup_id="b", digest="d", now=now)
        session.commit()
    assert [finding.what for finding in find_in_work(engine, real, now=late)] == [
        "No worker runs.",
        "The last backup is 8 days old.",
    ]
    worker = make_slot_locks(engine, settings.var_dir / "slots")
    assert worker.hold("here-0")
    assert worker.hold(LOCK)
    assert list(find_in_work(engine, real, now=now)) == []
    worker.drop("here-0")
    assert [finding.what for finding in find_in_work(engine, real, now=now)] == ["No worker runs."]
    worker.drop(LOCK)
    assert [finding.what for finding in find_in_work(engine, settings, now=now - timedelta(hours=1))] == [
        "The clock is behind: the newest event is of 2026-11-16 09:00 UTC."
    ]


@pytest.mark.usefixtures("somebody")
def test_prints_that_lie_on_another_host_are_found(
    session: Session, settings: Settings, engine: Engine, now: datetime
) -> None:
    sealed_room(session, now)
    for number, file in enumerate(session.scalars(sa.select(PacketFile)).all()):
        file.state, file.path = "ready", f"{number}.pdf"
    session.commit()
    (settings.files_dir / "0.pdf").write_bytes(b"%PDF-1.7")
    found = next(find_in_work(engine, settings, now=now))
    assert found.what == f"2 of the last 3 printed packets are not in {settings.files_dir}."


def test_a_broken_trail_and_a_missing_backup_are_found(
    session: Session, engine: Engine, settings: Settings, now: datetime
) -> None:
    assert mends(list(find_in_work(engine, settings, now=now))) == [
        "dualtrack backup FILE, each night, to another machine"
    ]
    record_backup(session, backup_id="b", digest="d", now=now)
    session.execute(sa.update(AuditEvent).values(kind="case.seal"))
    session.commit()
    found = [finding.what for finding in find_in_work(engine, settings, now=now)]
    assert found == ["No backup was ever made.", "The audit trail is broken at event 1."]


def test_a_mail_server_is_tried(settings: Settings) -> None:
    assert list(try_mail(settings)) == []
    [finding] = try_mail(replace(settings, mail=f"smtp://127.0.0.1:{free_port()}"))
    assert finding.what.startswith("The mail server does not take mail from here: ConnectionRefusedError")
    with mail_server() as (inbox, address):
        assert list(try_mail(replace(settings, mail=address))) == []
    assert inbox.kept == []


def test_the_key_that_signs_packets_is_there_readable_and_its_owner_s_alone(settings: Settings) -> None:
    assert (list(find_in_signing(settings)), name_signing_key(settings)) == ([], None)
    key = make_key(settings.signing_key, "Winterlane")
    assert (list(find_in_signing(settings)), name_signing_key(settings)) == ([], key.fingerprint)
    settings.signing_key.chmod(0o644)
    assert f"chmod 600 {settings.signing_key}" in mends(list(find_open_to_others(settings)))
    beside = certificate_beside(settings.signing_key, key)
    kept = beside.read_bytes()
    beside.write_text("no certificate")
    assert mends(list(find_in_signing(settings))) == ["Put the file back from a backup, or remove it."]
    beside.write_bytes(kept)
    settings.signing_key.write_text("no key")
    assert mends(list(find_in_signing(settings))) == [
        "Put the key back from a backup, or dualtrack packet key --replace"
    ]
    assert name_signing_key(settings) is None
    settings.signing_key.unlink()
    assert mends(list(find_in_signing(settings))) == [
        "Put it back from the keys of a backup, or make another one: dualtrack packet key"
    ]


def test_what_doctor_prints_says_whether_packets_are_signed(settings: Settings) -> None:
    run = CliRunner(env=environment(settings))
    assert "Packets are not signed; dualtrack packet key makes a key." in run.invoke(doctor).output.splitlines()
    assert json.loads(run.invoke(doctor, ["--json"]).output)["signing_key"] is None
    key = make_key(settings.signing_key, "Winterlane")
    assert f"Packets are signed with the key {key.fingerprint}." in run.invoke(doctor).output.splitlines()
    assert json.loads(run.invoke(doctor, ["--json"]).output)["signing_key"] == key.fingerprint
