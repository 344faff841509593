"""`dualtrack doctor` finds what is unsafe or missing, and says how to mend it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.cli.doctor import (
    Finding,
    find_in_database,
    find_in_folders,
    find_in_settings,
    find_missing_libraries,
)
from review.config import JobsMode, Settings
from review.extensions import make_engine
from review.models import Person
from review.services.messages import claim_due, enqueue_message, mark_failed


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
    assert finding.what == "1 mails could not be sent for over an hour: MailNotSent: 550 no such user"


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
    real = replace(settings, public_url="https://dualtrack.example")
    assert mends(list(find_in_settings(real))) == [
        "Set MAIL to your mail server: smtp://host:587",
        "Let cron run `dualtrack tick` each minute, or leave JOBS out.",
    ]
    assert list(find_in_settings(replace(real, jobs=JobsMode.DBOS, mail="smtp://mail.example"))) == []


def test_a_key_that_others_can_read_is_found(settings: Settings) -> None:
    key = settings.var_dir / "secret.key"
    key.write_text("x")
    key.chmod(0o644)
    assert mends(list(find_in_settings(replace(settings, jobs=JobsMode.DBOS)))) == [f"chmod 600 {key}"]
