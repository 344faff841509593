"""Calls an address outside: over TLS, to public machines only, without following anything, and not for long."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import closing
from urllib.parse import SplitResult, urlsplit

from review.domain.values import dataclass

CONNECT_SECONDS = 5
WHOLE_SECONDS = 10
MOST_READ = 4_096
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class HookNotSent(Exception):
    """The address was not called, or did not answer; the words say why, and nothing of what it answered."""


@dataclass(frozen=True)
class Reach:
    """What may be called: public machines by https; for trying out, this machine by http, too."""

    is_local: bool = False
    context: ssl.SSLContext | None = None


def find_fault(address: str, reach: Reach) -> str:
    """Return what is wrong with an address, nothing where it can be called; no name is looked up."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "this is no address"
    if not address.isascii() or not address.isprintable() or " " in address:
        return "this is no address"
    if parts.scheme != "https" and not (reach.is_local and parts.scheme == "http"):
        return "it must begin with https://"
    if not parts.hostname or parts.username is not None or parts.password is not None or port == 0:
        return "it must name a host, without a password before it"
    if parts.fragment:
        return "it must not have a part behind #"
    return ""


def send(address: str, body: bytes, headers: Mapping[str, str], reach: Reach) -> int:
    """Post a body and return the status of the answer; a redirect is an answer like any other, and not followed.

    The name is looked up once, what it gives is checked, and exactly that is connected to. Raises HookNotSent.
    """
    if fault := find_fault(address, reach):
        raise HookNotSent(fault)
    parts = urlsplit(address)
    try:
        return _post(parts, body, headers, reach)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise HookNotSent(f"{type(error).__name__}: {error}"[:200]) from error


def _post(parts: SplitResult, body: bytes, headers: Mapping[str, str], reach: Reach) -> int:
    connection = _Connection(parts, reach)
    with closing(connection):
        connection.connect()
        watch = threading.Timer(WHOLE_SECONDS, connection.cut)
        watch.start()
        try:
            place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", place, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            answer.read(MOST_READ)
        finally:
            watch.cancel()
        return answer.status


class _Connection(http.client.HTTPConnection):
    """A connection to the one machine that was looked at, by the name that its certificate must have."""

    def __init__(self, parts: SplitResult, reach: Reach) -> None:
        is_secure = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if is_secure else 80), timeout=CONNECT_SECONDS)
        self._reach = reach
        self._context = (reach.context or ssl.create_default_context()) if is_secure else None

    def connect(self) -> None:
        """Connect to a machine that may be called; raises HookNotSent, OSError."""
        plain = socket.create_connection(find_machine(self.host, self.port, self._reach), CONNECT_SECONDS)
        try:
            named = self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain
        except BaseException:
            plain.close()
            raise
        self.sock = named

    def cut(self) -> None:
        """End a call that takes too long, from beside it."""
        if self.sock is not None:
            self.sock.shutdown(socket.SHUT_RDWR)


def find_machine(host: str, port: int, reach: Reach) -> tuple[str, int]:
    """Look a name up and return the machine to call; one that is not public among them refuses all.

    Raises HookNotSent, and OSError where there is no such name.
    """
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(is_callable(each, reach) for each in found):
        raise HookNotSent("the host is not a public one")
    return found[0], port


def is_callable(machine: str, reach: Reach) -> bool:
    """Tell whether a machine is a public one: not of an inner network, not of this link, not one hidden in another.

    Source: RFC 6890; RFC 6052 for addresses of version 4 within those of version 6.
    """
    number = ipaddress.ip_address(machine.partition("%")[0])
    if reach.is_local and number.is_loopback:
        return True
    if isinstance(number, ipaddress.IPv6Address):
        hidden = number.ipv4_mapped or number.sixtofour or (number.teredo or (None,))[0]
        if hidden is not None or number in NAT64:
            return False
    return number.is_global and not number.is_multicast
