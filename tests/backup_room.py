"""An installation that is backed up, and empty places to restore to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from click.testing import CliRunner, Result

from review.cli import group
from review.config import Settings
from tests.conftest import environment, make_settings
from tests.ports import free_port

KEYS = ("SECRET_KEY", "AUDIT_KEY")


def run(settings: Settings, *words: str | Path, **changes: str) -> Result:
    """Run a command of an installation; what the environment says of keys is left out, as after a move."""
    env = {**environment(settings), **changes}
    kept: dict[str, str | None] = {name: value for name, value in env.items() if name not in KEYS}
    keys = {name: changes.get(name) for name in KEYS}
    return CliRunner(env={**kept, **keys}).invoke(group, [str(word) for word in words])


def back_up(settings: Settings, file: Path, *words: str, **changes: str) -> Result:
    """Back an installation up whose keys stand in its environment."""
    keys = {"SECRET_KEY": settings.secret_key, "AUDIT_KEY": settings.audit_key}
    return run(settings, "backup", file, *words, **keys, **changes)


def make_place(settings: Settings, folder: Path, request: pytest.FixtureRequest) -> Settings:
    """Return the settings of an empty place on the same kind of database."""
    folder.mkdir()
    url = f"sqlite:///{folder}/restored.db"
    if not settings.is_sqlite:
        server = request.getfixturevalue("postgres")
        url = server.url(server.create_database())
    return replace(make_settings(url, folder), mail=settings.mail)


def said(result: Result) -> str:
    """Return the sentence in which a command that failed ended; on a slow machine it has told how far it was before."""
    assert result.exit_code == 1, result.output
    return result.stderr[result.stderr.index("Error: ") :].strip()


def told(result: Result) -> dict[str, object]:
    """Return what a command that went well printed as JSON."""
    assert result.exit_code == 0, result.output
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


def what_is_in(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder; the locks of living processes are left out."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


class Inbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:
        """Keep a mail."""
        self.kept.append(envelope)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Inbox, str]]:
    """Run a mail server on loopback."""
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield inbox, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
