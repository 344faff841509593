"""Calling an address outside: public machines only, by the certificate's name, nothing followed."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from review.adapters.hook_sender import HookNotSent, Reach, find_fault, find_machine, is_callable, send
from tests.hook_receiver import receiving

LOCAL = Reach(is_local=True)
INNER = (
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)


@pytest.mark.parametrize("machine", INNER)
def test_no_inner_machine_is_called(machine: str) -> None:
    assert not is_callable(machine, Reach())


@pytest.mark.parametrize("machine", ["8.8.8.8", "2606:4700::1111"])
def test_public_machines_are_called(machine: str) -> None:
    assert is_callable(machine, Reach())


def test_trying_out_reaches_this_machine_and_no_other() -> None:
    assert [is_callable(each, LOCAL) for each in ("127.0.0.1", "::1", "10.0.0.1", "169.254.169.254")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "[::1]"])
def test_names_of_this_machine_are_refused(host: str) -> None:
    with pytest.raises(HookNotSent):
        send(f"https://{host}:9/", b"{}", {}, Reach())


def test_one_inner_machine_among_several_refuses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may answer with a public machine and an inner one; and with another the next time."""

    def answer(*machines: str) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in machines]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)

    answer("8.8.8.8", "10.0.0.1")
    with pytest.raises(HookNotSent):
        find_machine("rebinding.example", 443, Reach())
    answer("8.8.8.8")
    assert find_machine("public.example", 443, Reach()) == ("8.8.8.8", 443)


@pytest.mark.parametrize(
    "address",
    [
        "http://public.example/",
        "ftp://public.example/",
        "file:///etc/passwd",
        "https:///path",
        "https://user:word@public.example/",
        "https://public.example/#part",
        "https://public.example:99999/",
        "https://public.example/a b",
        "https://public.example/\r\nX: y",
        "https://[::1",
        "nothing",
        "",
    ],
)
def test_what_is_no_address_is_told(address: str) -> None:
    assert find_fault(address, Reach())
    with pytest.raises(HookNotSent):
        send(address, b"{}", {}, Reach())


def test_nothing_is_followed_and_little_is_read() -> None:
    with receiving() as receiver:
        receiver.statuses = [302]
        assert send(receiver.address, b'{"a":1}', {"X-Word": "y"}, LOCAL) == 302
        assert [(call.path, call.body, call.headers["x-word"]) for call in receiver.calls] == [
            ("/hook", b'{"a":1}', "y")
        ]


def test_a_certificate_must_be_of_the_host(tmp_path: Path) -> None:
    served, trusting = make_contexts(tmp_path)
    with receiving(served) as receiver:
        assert send(receiver.address, b"{}", {}, Reach(is_local=True, context=trusting)) == 200
        with pytest.raises(HookNotSent, match="CERTIFICATE_VERIFY_FAILED"):
            send(receiver.address, b"{}", {}, LOCAL)
        other = receiver.address.replace("127.0.0.1", "localhost")
        with pytest.raises(HookNotSent, match="CERTIFICATE_VERIFY_FAILED"):
            send(other, b"{}", {}, Reach(is_local=True, context=trusting))
        assert len(receiver.calls) == 1


def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(HookNotSent, match="ConnectionRefusedError"):
            send(f"http://127.0.0.1:{unheard.getsockname()[1]}/", b"{}", {}, LOCAL)


def make_contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return how a server of 127.0.0.1 speaks, and how a caller who trusts it does."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")]), datetime.now(UTC)
    machine = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(machine, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "receiver.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    return served, ssl.create_default_context(cafile=file)
