"""A port that a test was given is nobody else's, although no server listens there yet."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from review.config import ROOT
from tests import ports

ANOTHER = "from tests import ports; ports.RANGE = [{port}]; print(ports.free_port())"


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Return the only port there is to choose; nobody holds it afterwards."""
    port = ports.free_port()
    let_go(port)
    monkeypatch.setattr(ports, "RANGE", [port])
    yield port
    if port in ports.HELD:
        let_go(port)


def let_go(port: int) -> None:
    ports.os.close(ports.HELD.pop(port))


def ask_another(port: int) -> tuple[str, str]:
    """Let another process choose among this one port; return what it printed, and its last words."""
    command = [sys.executable, "-c", ANOTHER.format(port=port)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ended.stdout.strip(), (ended.stderr.strip().splitlines() or [""])[-1]


def test_a_port_is_given_to_one_process_at_a_time(only: int) -> None:
    assert ports.free_port() == only
    assert ask_another(only) == ("", "RuntimeError: Every port is in use.")
    let_go(only)
    assert ask_another(only) == (str(only), "")


def test_a_port_is_given_once(only: int) -> None:
    assert ports.free_port() == only
    with pytest.raises(RuntimeError, match="Every port is in use"):
        ports.free_port()


def test_a_port_on_which_somebody_listens_is_not_given(only: int) -> None:
    with socket.create_server(("127.0.0.1", only)), pytest.raises(RuntimeError, match="Every port is in use"):
        ports.free_port()
    assert ports.free_port() == only
