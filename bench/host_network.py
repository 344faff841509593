"""Hosts as network namespaces on one bridge: a link can be cut, and an address be out of reach, without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from review.config import ROOT, Settings
from tests.conftest import environment
from tests.faults.processes import PATIENCE_SECONDS, log_of
from tests.postgres import OPTIONS, PostgresServer

NOBODY = "02:00:00:00:00:01"
"""An address of a card that nobody has: what is sent there is lost."""


@dataclass(slots=True)
class Host:
    """A host of its own name and address, with one link to the others; what runs there is started in it."""

    name: str
    address: str
    link: str
    processes: list[psutil.Popen] = field(default_factory=list)

    def start(self, settings: Settings, *command: str) -> psutil.Popen:
        """Start `python -m …` here as an installation."""
        here = ["ip", "netns", "exec", self.name, "unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', self.name]
        with log_of(settings).open("ab") as log:
            process = psutil.Popen(
                [*here, sys.executable, "-m", *command], cwd=ROOT, env=environment(settings), stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def cut(self) -> None:
        """Cut the link: nobody is told anything."""
        _ip("link", "set", self.link, "down")

    def mend(self) -> None:
        """Mend the link."""
        _ip("link", "set", self.link, "up")

    def lose(self, address: str) -> None:
        """Let all that is sent to an address be lost, and reach all others."""
        _ip("-n", self.name, "neigh", "replace", address, "lladdr", NOBODY, "dev", "eth0", "nud", "permanent")

    def find(self, address: str) -> None:
        """Let an address be reached again."""
        _ip("-n", self.name, "neigh", "del", address, "dev", "eth0")


@dataclass(slots=True)
class Network:
    """A bridge with this process on it, at an address of its own and at that of the database."""

    mark: str = field(default_factory=lambda: str(os.getpid()))
    hosts: list[Host] = field(default_factory=list)

    @property
    def net(self) -> str:
        """Return the first three numbers of all addresses, of a range for private use."""
        number = int(self.mark)
        return f"10.{64 + number // 250 % 128}.{number % 250}"

    @property
    def database(self) -> str:
        """Return the address at which the database is."""
        return f"{self.net}.2"

    @property
    def bridge(self) -> str:
        """Return the name of the bridge."""
        return f"dtb{self.mark}"

    def set_up(self) -> None:
        """Make the bridge."""
        _ip("link", "add", self.bridge, "type", "bridge")
        for last in (1, 2):
            _ip("addr", "add", f"{self.net}.{last}/24", "dev", self.bridge)
        _ip("link", "set", self.bridge, "up")

    def add(self, name: str) -> Host:
        """Add a host."""
        number = len(self.hosts)
        host = Host(f"{name}-{self.mark}", f"{self.net}.{number + 11}", f"dt{number}-{self.mark}")
        _ip("netns", "add", host.name)
        self.hosts.append(host)
        _ip("link", "add", host.link, "type", "veth", "peer", "name", "eth0", "netns", host.name)
        _ip("link", "set", host.link, "master", self.bridge)
        _ip("link", "set", host.link, "up")
        _ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            _ip("-n", host.name, "link", "set", link, "up")
        return host

    def take_down(self) -> None:
        """Kill what runs on the hosts, and leave nothing behind: who was cut off would take its time to end."""
        first = [process for host in self.hosts for process in host.processes if process.is_running()]
        running = [*first, *(child for process in first for child in process.children(recursive=True))]
        for process in running:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(running, PATIENCE_SECONDS)
        for host in self.hosts:
            _ip("netns", "del", host.name)
        _ip("link", "del", self.bridge)


class NoNetwork(Exception):
    """This machine lets nobody make network namespaces; `ip` (Debian: iproute2) said why."""


@contextmanager
def network() -> Iterator[Network]:
    """Give a network without hosts. Raises NoNetwork."""
    made = Network()
    made.set_up()
    try:
        yield made
    finally:
        made.take_down()


@contextmanager
def open_postgres(made: Network, data: Path | None = None) -> Iterator[PostgresServer]:
    """Give a PostgreSQL that all hosts of a network reach."""
    with PostgresServer(options=(*OPTIONS, "listen_addresses=*"), data=data) as server:
        with (server.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {made.net}.0/24 trust\n")
        subprocess.run(["kill", "-HUP", str(server.process.pid if server.process else 0)], check=True)
        yield server


def _ip(*words: str) -> None:
    try:
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NoNetwork("there is no `ip`: apt-get install iproute2") from error
    except subprocess.CalledProcessError as error:
        raise NoNetwork(f"ip {' '.join(words)}: {error.stderr.strip()}") from error
