"""Settings: what is read, what is made at the first start, and what is refused."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from review.config import JobsMode, UnsafeSettings, read_settings

KEY = "k" * 40
OTHER_KEY = "a" * 40


def problems(**environ: str) -> tuple[str, ...]:
    """Return why these settings are refused."""
    with pytest.raises(UnsafeSettings) as refused:
        read_settings(environ)
    return refused.value.problems


def test_the_first_start_needs_no_setting(tmp_path: Path) -> None:
    settings = read_settings({"VAR_DIR": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/dualtrack.db"
    assert settings.files_dir == tmp_path / "files"
    assert settings.mail == f"file:{tmp_path}/mail"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.jobs is JobsMode.DBOS
    assert not settings.is_demo


def test_secrets_are_read_from_files(tmp_path: Path) -> None:
    """As a vault or systemd hands them over: without the end of the line, and never beside the same in words."""
    given = {
        "DATABASE_URL": "postgresql+psycopg://dualtrack:secret@localhost/dualtrack",
        "MAIL": "smtps://dualtrack:secret@mail.example",
        "OIDC_CLIENT_SECRET": "shared",
        "METRICS_TOKEN": KEY,
    }
    environ = {"VAR_DIR": str(tmp_path), "OIDC_ISSUER": "https://idp.example", "OIDC_CLIENT_ID": "dualtrack"}
    for name, value in given.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    settings = read_settings({**environ, **{f"{name}_FILE": str(tmp_path / name) for name in given}})
    assert settings == read_settings({**environ, **given})
    assert (settings.mail, settings.metrics_token) == (given["MAIL"], KEY)
    assert problems(VAR_DIR=str(tmp_path), MAIL="file:x", MAIL_FILE="y", METRICS_TOKEN_FILE="/nowhere") == (
        "MAIL and MAIL_FILE are both set: leave one of them out.",
        "METRICS_TOKEN_FILE names no file that can be read: /nowhere",
    )


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    first = read_settings({"VAR_DIR": str(tmp_path)})
    second = read_settings({"VAR_DIR": str(tmp_path)})
    assert (first.secret_key, first.audit_key) == (second.secret_key, second.audit_key)
    assert first.secret_key != first.audit_key
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.key")} == {0o600}


def test_several_machines_must_be_given_their_keys(tmp_path: Path) -> None:
    found = problems(
        VAR_DIR=str(tmp_path),
        DATABASE_URL="postgresql+psycopg://dualtrack@db/dualtrack",
        PUBLIC_URL="https://dualtrack.example",
    )
    assert [problem.split()[0] for problem in found] == ["SECRET_KEY", "AUDIT_KEY"]
    assert list(tmp_path.iterdir()) == []


def test_a_public_address_needs_tls(tmp_path: Path) -> None:
    found = problems(VAR_DIR=str(tmp_path), PUBLIC_URL="http://dualtrack.example")
    assert found == ("PUBLIC_URL must begin with https: http://dualtrack.example would send passwords in the clear.",)


def test_a_demo_stays_on_this_machine(tmp_path: Path) -> None:
    found = problems(VAR_DIR=str(tmp_path), PUBLIC_URL="https://dualtrack.example", DEMO="1")
    assert found == ("DEMO=1 lets anybody sign in as anybody: only with a PUBLIC_URL on this machine.",)


@pytest.mark.parametrize(
    ("name", "value", "begin"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY must be at least 32 characters"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must begin with"),
        ("MAIL", "http://x", "MAIL must be file:DIRECTORY"),
        ("ZONE", "Europe/Nowhere", "ZONE must be a name"),
        ("ZONE", "../etc/passwd", "ZONE must be a name"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, name: str, value: str, begin: str) -> None:
    found = problems(**{"VAR_DIR": str(tmp_path), name: value})
    assert [problem.startswith(begin) for problem in found] == [True]


def test_one_key_for_two_purposes_is_refused(tmp_path: Path) -> None:
    found = problems(VAR_DIR=str(tmp_path), SECRET_KEY=KEY, AUDIT_KEY=KEY)
    assert found == ("SECRET_KEY and AUDIT_KEY must differ, so that one leak does not open both.",)


def test_a_whole_installation(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql+psycopg://dualtrack@db/dualtrack",
            "SECRET_KEY": KEY,
            "AUDIT_KEY": OTHER_KEY,
            "PUBLIC_URL": "https://dualtrack.example/",
            "MAIL": "smtp://mail.example:587",
            "ZONE": "Europe/Berlin",
            "WEB_WORKERS": "8",
            "RENDER_PROCESSES": "16",
            "RENDER_SECONDS": "60",
            "RENDER_MB": "2048",
        }
    )
    assert (settings.public_url, settings.is_https, settings.is_sqlite) == ("https://dualtrack.example", True, False)
    assert (settings.web_workers, settings.zone, settings.mail) == (8, "Europe/Berlin", "smtp://mail.example:587")
    assert (settings.render_processes, settings.render_seconds, settings.render_mb) == (16, 60, 2048)
