"""What somebody is given at an address, by whatever channel: every word of it, wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pikepdf
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from review.adapters.pdf_text import read_pages
from review.domain.api_scope import Scope
from review.models import ApiToken, SignIn
from review.services.api_tokens import hash_api_token
from review.services.sign_ins import digest_token
from review.web.guards import SEEN, TOKEN
from tests.access.cast import Player
from tests.access.story import Story
from tests.access.worlds import Kept

PDF = "application/pdf"
PICTURE = "image/png"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DRAWN = ("/Image", "/Type1C", "/OpenType")
TOKENS = (
    re.compile(r'(name="csrf_token"[^>]*value=")[^"]*'),
    re.compile(r'(value=")[^"]*("[^>]*name="csrf_token")'),
    re.compile(r'(name="request_key"[^>]*value=")[^"]*'),
    re.compile(r'(name="csrf-token" content=")[^"]*'),
)
"""What is drawn anew for each answer."""


def open_client(app: Flask, session: Session, story: Story, kept: Kept, player: Player) -> FlaskClient:
    """Return a browser of an actor: signed in, whether or not that still counts; or not at all."""
    client = app.test_client()
    if player.person is not None:
        token = f"a browser of {player.actor}"
        row = SignIn(token_hash=digest_token(token), person_id=story.id(player.person))
        row.created_at = row.last_seen_at = kept.now
        session.add(row)
        session.commit()
        with client.session_transaction() as cookie:
            cookie[TOKEN], cookie[SEEN] = token, int(kept.now.timestamp())
    if player.person is not None:
        token = _give_token(session, story.id(player.person), player, kept)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        client.get("/api/v1/me").close()  # the first call of a minute is a statement more
    if player.actor == "provisioning":
        client.environ_base["HTTP_AUTHORIZATION"] = "Bearer a-token-of-the-directory"
    return client


def _give_token(session: Session, person_id: int, player: Player, kept: Kept) -> str:
    """Write a token of the API with all scopes; used just now, so that reading by it writes nothing."""
    token = f"a program of {player.actor}"
    moments = {"made_at": kept.now, "used_at": kept.now, "until_at": kept.now + timedelta(days=1)}
    session.add(
        ApiToken(name=token, person_id=person_id, token_hash=hash_api_token(token), scopes=list(Scope), **moments)
    )
    session.commit()
    return token


def read(answer: Response) -> str:
    """Return all text of an answer: status, headers, and body; of a PDF its pages and whatever else is in the file."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    if answer.mimetype == PDF:
        return f"{answer.status}\n{head}\n{read_pdf(answer.get_data())}"
    if answer.mimetype == XLSX:  # how long it is when packed hangs on the second in which it was written
        head = re.sub("Content-Length: [0-9]+", "", head)
        return f"{answer.status}\n{head}\n{read_workbook(answer.get_data())}"
    if answer.mimetype == PICTURE:
        return f"{answer.status}\n{head}\n{answer.get_data().decode('latin-1')}"
    return f"{answer.status}\n{head}\n{answer.get_data(as_text=True)}"


def read_workbook(data: bytes) -> str:
    """Return the text of a workbook: every part that is packed in it, but for the second in which it was written."""
    with ZipFile(BytesIO(data)) as packed:
        words = "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return re.sub(r"<dcterms:[^>]*>[^<]*", "", words)


def read_pdf(data: bytes) -> str:
    """Return the text of a PDF: its pages, and every string and stream in it (title, outline, links, attachments)."""
    with pikepdf.open(BytesIO(data)) as pdf:
        return "\n".join((*read_pages(pdf), *(text for each in pdf.objects for text in _strings(each, 0))))


def _strings(each: Any, depth: int) -> Iterator[str]:
    if isinstance(each, pikepdf.Stream) and "/Length1" not in each and each.get("/Subtype") not in DRAWN:
        yield each.read_bytes().decode("utf-8", "replace")
    if isinstance(each, pikepdf.String):
        yield str(each)
    elif depth < 4 and isinstance(each, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
        inner = each if isinstance(each, pikepdf.Array) else [value for _name, value in each.items()]
        for one in inner:
            if not getattr(one, "is_indirect", False):
                yield from _strings(one, depth + 1)


def without_tokens(text: str) -> str:
    """Return a page without what is drawn anew for each answer, or tells the second in which a file was sent."""
    for pattern in TOKENS:
        text = pattern.sub(lambda found: found.group(1) + (found.group(2) if found.lastindex == 2 else ""), text)
    return re.sub(r"^(Set-Cookie|Date): [^\n]*", r"\1", text, flags=re.MULTILINE)
