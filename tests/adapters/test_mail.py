"""Mails in words and on the wire: every template, safe headers, one Message-ID a key, a real server."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from review.adapters.mail import FolderMailer, MailNotSent, ServerMailer, make_mail
from review.adapters.mail_text import MailText, find_path, write_mail
from review.domain.wording_list import PIECES
from review.queries.mail import MailSubject
from tests.ports import free_port

MAILS = sorted(piece.id for piece in PIECES.values() if not (piece.is_letter or piece.is_frame))
SITE = "https://dualtrack.example"
ABOUT_INES = MailSubject(
    address="carla@example.org",
    name="Carla",
    locale=None,
    case_id=3,
    case_code="2026A-7",
    candidate="Ines <Okafor>",
    cycle="Autumn 2026",
    due_on=date(2026, 11, 13),
)


def write(template: str, subject: MailSubject = ABOUT_INES) -> MailText:
    """Put a mail into words."""
    return write_mail(template, subject, {}, company="Tarnfield", public_url=SITE)


def make(now: datetime, key: str = "a", subject: str = "Hello") -> EmailMessage:
    """Build a mail."""
    said = MailText(subject, "Plain words: naïve.\n", "<p>Words: naïve.</p>\n")
    sender, company = "dualtrack@example.org", "Tarnfield"
    return make_mail(said, key=key, to="carla@example.org", sender=sender, company=company, public_url=SITE, now=now)


NAMED, BARE = "Dualtrack <dualtrack@example.org>", "dualtrack@example.org"


@pytest.mark.parametrize(
    ("sender", "given", "shown"),
    [
        ("", NAMED, NAMED),
        ("", BARE, '"Tarnfield, Inc" <dualtrack@example.org>'),
        ("", "<dualtrack@example.org>", '"Tarnfield, Inc" <dualtrack@example.org>'),
        ("People team", BARE, "People team <dualtrack@example.org>"),
        ("Tarnfield, promotions", NAMED, '"Tarnfield, promotions" <dualtrack@example.org>'),
        ("Bäckerei", NAMED, "Bäckerei <dualtrack@example.org>"),
        ("<ceo@example.org>", NAMED, '"<ceo@example.org>" <dualtrack@example.org>'),
    ],
)
def test_a_mail_names_its_sender_and_leaves_the_address_alone(
    now: datetime, sender: str, given: str, shown: str
) -> None:
    words = MailText("Hello", "Words.\n", "<p>Words.</p>\n", sender)
    about = {"key": "a", "to": "carla@example.org", "company": "Tarnfield, Inc", "public_url": SITE, "now": now}
    mail = make_mail(words, sender=given, **about)
    read = message_from_bytes(bytes(mail), policy=policy.default)
    assert (str(read["From"]), read["From"].addresses[0].addr_spec) == (shown, "dualtrack@example.org")


class Inbox:
    """A mail server that keeps what it gets, after refusing so many; it may hang up instead of saying so."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []
        self.refusals = 0
        self.cuts = 0

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a mail, or answer 451, or keep it and hang up."""
        if self.cuts:
            self.cuts -= 1
            self.kept.append(envelope)
            assert server.transport is not None
            server.transport.close()
            return "250 OK"
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        self.kept.append(envelope)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    """Run a mail server on loopback; return it and its address."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield inbox, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


@pytest.mark.parametrize("template", MAILS)
def test_a_subject_names_nobody(template: str) -> None:
    said = write(template)
    assert said.subject
    assert "Ines" not in said.subject
    assert "Okafor" not in said.subject


@pytest.mark.parametrize("template", MAILS)
def test_text_and_html_say_the_same(template: str) -> None:
    said = write(template)
    page = re.sub(r"<title>.*</title>|<h1.*</h1>|<[^>]+>", " ", said.html, flags=re.DOTALL)
    words = set(re.findall(r"\w{4,}", page)) - {"Okafor"}
    assert words - set(re.findall(r"\w{4,}", said.text)) == set()
    has_link = template != "outside_cancelled"  # their own link opens nothing any more
    assert (f"{SITE}/cases/3" in said.text) == has_link
    assert (f'href="{SITE}/cases/3"' in said.html) == has_link


@pytest.mark.parametrize("template", MAILS)
def test_a_name_never_becomes_a_tag(template: str) -> None:
    assert "<Okafor>" not in write(template).html


def test_ones_own_case_is_called_so() -> None:
    own = MailSubject("ines@example.org", "Ines", None, 3, "2026A-7", "Ines", "Autumn 2026", is_own_case=True)
    assert "Your case (2026A-7, Autumn 2026) has moved on." in write("notify_parties", own).text


@pytest.mark.parametrize(
    ("subject", "params"),
    [
        (ABOUT_INES, {"place": "feedback:12"}),
        (ABOUT_INES, {}),
        (MailSubject("a", "b", None), {}),
        (MailSubject("a", "b", None), {"place": "words:overdue"}),
    ],
)
def test_a_link_leads_to_a_page(app: Flask, subject: MailSubject, params: dict[str, object]) -> None:
    endpoint, _ = app.url_map.bind("localhost").match(find_path(subject, params), method="GET")
    assert endpoint


def test_the_same_key_gives_the_same_message_id(now: datetime) -> None:
    assert make(now, "a")["Message-ID"] == make(now, "a")["Message-ID"]
    assert make(now, "a")["Message-ID"] != make(now, "b")["Message-ID"]


def test_a_line_break_never_reaches_a_header(now: datetime) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        make(now, subject="Hello\r\nBcc: everybody@example.org")


def test_a_folder_keeps_a_mail_sent_twice_once(tmp_path: Path, now: datetime) -> None:
    mailer = FolderMailer(tmp_path / "mail")
    mailer.send(make(now))
    mailer.send(make(now))
    assert len(list((tmp_path / "mail").iterdir())) == 1


def test_a_server_takes_a_mail(inbox: tuple[Inbox, str], now: datetime) -> None:
    server, address = inbox
    ServerMailer(address).send(make(now))
    [envelope] = server.kept
    assert envelope.rcpt_tos == ["carla@example.org"]
    assert isinstance(envelope.content, bytes)
    assert b"Auto-Submitted: auto-generated" in envelope.content


def test_a_server_that_refuses_for_now_is_told_apart(inbox: tuple[Inbox, str], now: datetime) -> None:
    server, address = inbox
    server.refusals = 1
    with pytest.raises(MailNotSent, match="451"):
        ServerMailer(address).send(make(now))
    ServerMailer(address).send(make(now))
    assert len(server.kept) == 1


def message_id(envelope: Envelope) -> str:
    assert isinstance(envelope.content, bytes)
    return str(message_from_bytes(envelope.content)["Message-ID"])


def test_a_connection_cut_after_the_mail_leaves_open_whether_it_was_taken(
    inbox: tuple[Inbox, str], now: datetime
) -> None:
    server, address = inbox
    server.cuts = 1
    with pytest.raises(MailNotSent, match="perhaps the mail was taken"):
        ServerMailer(address).send(make(now))
    ServerMailer(address).send(make(now))
    first, second = server.kept
    assert message_id(first) == message_id(second)


def test_a_server_that_is_away_is_an_error_for_later(now: datetime) -> None:
    with pytest.raises(MailNotSent, match="ConnectionRefusedError"):
        ServerMailer(f"smtp://127.0.0.1:{free_port()}").send(make(now))


def make_own_certificate(path: Path) -> None:
    """Write a key, and a certificate that nobody but itself has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    since, until = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    draft = x509.CertificateBuilder(name, name, key.public_key(), 1, since, until)
    draft = draft.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    form, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    private = key.private_bytes(encoding, form, serialization.NoEncryption())
    path.write_bytes(private + draft.sign(key, hashes.SHA256()).public_bytes(encoding))


def greet_once(listening: socket.socket, context: ssl.SSLContext) -> None:
    """Take one connection, as far as the other side lets it come."""
    taken, _ = listening.accept()
    with taken, suppress(ssl.SSLError), context.wrap_socket(taken, server_side=True) as sealed:
        sealed.sendall(b"220 localhost\r\n")


def test_a_server_with_a_certificate_of_its_own_making_gets_nothing(tmp_path: Path) -> None:
    make_own_certificate(tmp_path / "own.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=greet_once, args=(listening, context))
        server.start()
        with pytest.raises(MailNotSent, match="CERTIFICATE_VERIFY_FAILED"):
            ServerMailer(f"smtps://localhost:{listening.getsockname()[1]}").greet()
        server.join()


def test_a_server_elsewhere_that_offers_no_encryption_gets_nothing(now: datetime) -> None:
    """127.1 leads to this machine, but is none of the names by which it is known."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with pytest.raises(MailNotSent, match="offers no encryption"):
            ServerMailer(f"smtp://127.1:{controller.port}").send(make(now))
    finally:
        controller.stop()
    assert inbox.kept == []
