"""Mails on their way: to a mail server, or into a folder, one file each."""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from review.adapters.mail_text import MailText
from review.config import Settings, is_loopback
from review.domain.values import dataclass

TIMEOUT_SECONDS = 20
MAIL_PORTS = {"smtp": 25, "smtps": 465}


class MailNotSent(Exception):
    """The mail server did not take the mail; it is worth another try later."""


class Mailer(Protocol):
    """Where mails go."""

    def send(self, mail: EmailMessage) -> None:
        """Hand a mail over; raise MailNotSent when it was not taken."""


def make_mailer(settings: Settings) -> Mailer:
    """Return the mailer that the setting MAIL names: file:DIR, smtp: or smtps:."""
    if settings.mail.startswith("file:"):
        return FolderMailer(Path(settings.mail.removeprefix("file:")))
    return ServerMailer(settings.mail)


def make_mail(
    said: MailText, *, key: str, to: str, sender: str, company: str, public_url: str, now: datetime
) -> EmailMessage:
    """Build a mail; the same key always gives the same Message-ID, so that a mail sent twice shows once.

    Args:
        sender: the address that is set, with a name or without. What the mail itself names its sender counts first.
        company: who the sender is where neither says it.
    """
    mail = EmailMessage()
    name, address = parseaddr(sender)
    mail["Subject"] = said.subject
    mail["From"] = Address(said.sender or name or company, addr_spec=address)
    mail["To"] = to
    mail["Date"] = format_datetime(now)
    host = urlsplit(public_url).hostname or "localhost"
    mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(said.text)
    mail.add_alternative(said.html, subtype="html")
    return mail


@dataclass(frozen=True)
class FolderMailer:
    """Keeps each mail as one .eml file: for trials, tests, and machines without a mail server."""

    folder: Path

    def send(self, mail: EmailMessage) -> None:
        """Write the mail; a second sending replaces the first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{mail['Message-ID'].strip('<>').partition('@')[0]}.eml"
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(bytes(mail))
        draft.replace(path)


@dataclass(frozen=True)
class ServerMailer:
    """Hands mails to a server: smtp://user:password@host:587 with STARTTLS where offered, or smtps://…"""

    address: str

    def send(self, mail: EmailMessage) -> None:
        """Hand a mail over on a connection of its own.

        A connection that breaks while the mail is handed over leaves open whether it was taken. It is sent again then,
        with the same Message-ID: rather twice than never.
        """
        server = self._open()
        try:
            with server:
                server.send_message(mail)
        except (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError) as error:
            raise MailNotSent(f"{type(error).__name__}: {error}; perhaps the mail was taken") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSent(f"{type(error).__name__}: {error}") from error

    def greet(self) -> None:
        """Connect and sign in as for a mail, and leave; raise MailNotSent when that fails."""
        with self._open():
            pass

    def _open(self) -> smtplib.SMTP:
        try:
            return self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSent(f"{type(error).__name__}: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.address)
        host, port = parts.hostname or "localhost", parts.port or MAIL_PORTS[parts.scheme]
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
            elif not is_loopback(self.address):
                server.close()
                raise smtplib.SMTPNotSupportedError("the mail server offers no encryption")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server
