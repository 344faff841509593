"""`dualtrack serve`: everything from one command, what dies is started anew, nothing is left when it stops."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from review.cli.serve import MOST_SHORT_LIVES, Part
from review.config import ROOT, JobsMode, Settings
from tests.conftest import environment, make_settings
from tests.faults.processes import PATIENCE_SECONDS, start, wait_for
from tests.ports import free_port


@pytest.fixture
def installation(tmp_path: Path) -> Settings:
    """Return the settings of an installation that has never been started."""
    port = free_port()
    settings = make_settings(f"sqlite:///{tmp_path}/new.db", tmp_path, jobs=JobsMode.DBOS, web_workers=1)
    return replace(settings, bind=f"127.0.0.1:{port}", public_url=f"http://127.0.0.1:{port}")


@pytest.fixture
def serve(installation: Settings) -> Iterator[psutil.Popen]:
    """Start the one command; end it if the test has not."""
    process = start(installation, "review.cli", "serve")
    yield process
    if process.is_running():
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def answers(settings: Settings) -> bool:
    """Tell whether the sign-in page is there."""
    try:
        with urlopen(f"{settings.public_url}/sign-in", timeout=60) as answer:
            return bool(answer.status == 200)
    except OSError:  # not there yet, gone, or too busy to answer
        return False


def parts(serve: psutil.Popen) -> dict[str, psutil.Process]:
    """Return the processes that the command runs, by what they are."""
    found = {}
    for process in serve.children():
        try:
            words = process.cmdline()
        except psutil.NoSuchProcess:  # ended a moment ago
            continue
        if "gunicorn" in words:
            found["web"] = process
        elif words[-1:] == ["worker"]:
            found["worker"] = process
    return found


def renewed(serve: psutil.Popen, before: dict[str, psutil.Process]) -> bool:
    """Tell whether both parts are there again, in one look and neither of them from before.

    Between two looks a part may be gone: whoever listens at the killed one's address ends the next at its start.
    """
    now = parts(serve)
    return set(now) == set(before) and not set(before.values()) & set(now.values())


def test_one_command_serves_heals_and_stops(serve: psutil.Popen, installation: Settings) -> None:
    wait_for(lambda: answers(installation) and set(parts(serve)) == {"web", "worker"}, installation)
    before = parts(serve)
    for part in before.values():
        part.kill()
    wait_for(lambda: answers(installation) and renewed(serve, before), installation)
    family = serve.children(recursive=True)
    serve.terminate()
    assert serve.wait(PATIENCE_SECONDS) == 0
    assert psutil.wait_procs(family, timeout=PATIENCE_SECONDS)[1] == []


def test_nothing_outlives_a_killed_command(serve: psutil.Popen, installation: Settings) -> None:
    wait_for(lambda: answers(installation) and set(parts(serve)) == {"web", "worker"}, installation)
    family = serve.children(recursive=True)
    serve.kill()
    serve.wait(PATIENCE_SECONDS)
    assert psutil.wait_procs(family, timeout=PATIENCE_SECONDS)[1] == []


def test_an_address_in_use_ends_the_command_with_the_reason(installation: Settings) -> None:
    host, _, port = installation.bind.rpartition(":")
    with socket.create_server((host, int(port))):
        ended = subprocess.run(
            [sys.executable, "-m", "review.cli", "serve"],
            cwd=ROOT,
            env=environment(installation),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (f"Error: Somebody else listens at {installation.bind}; choose another address with BIND.\n")


def test_a_part_that_keeps_dying_young_is_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    part = Part("The worker", [sys.executable, "-c", "raise SystemExit(3)"])
    part.start()
    starts = 1
    assert part.process is not None
    part.process.wait(PATIENCE_SECONDS)
    while part.keep_alive():
        starts += 1
        part.process.wait(PATIENCE_SECONDS)
    assert starts == MOST_SHORT_LIVES
    told = capfd.readouterr().err.splitlines()
    assert told[0] == "The worker ended (status 3) and is started anew."
    assert told[-1] == "The worker ends as soon as it starts; what it wrote above says why."


def test_unsafe_settings_are_told_in_a_sentence(installation: Settings) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "review.cli", "serve"],
        cwd=ROOT,
        env={**environment(installation), "PUBLIC_URL": "http://dualtrack.example"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "PUBLIC_URL must begin with https: http://dualtrack.example would send passwords in the clear.\n"
    )
