"""A client signed in as one of the cast, and what a page says."""

from __future__ import annotations

from datetime import datetime

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN

NO_REASON = "Nothing says why Expected: a reason of at most 2000 characters: whoever proposed it reads it"
"""What whoever discards a proposal of somebody else without a word is told."""


class Door:
    """Lets people in, one after the other, by the same client."""

    def __init__(self, client: FlaskClient, session: Session, now: datetime, ids: dict[str, int]) -> None:
        self.client, self.session, self.now, self.ids = client, session, now, ids

    def enter(self, key: str) -> FlaskClient:
        """Sign somebody of the cast in and return the client."""
        token = open_sign_in(self.session, self.ids[key], now=self.now)
        self.session.commit()
        with self.client.session_transaction() as cookie:
            cookie[TOKEN], cookie[SEEN] = token, int(self.now.timestamp())
        return self.client


def soup(answer: TestResponse) -> BeautifulSoup:
    """Return the page as a tree."""
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: TestResponse, selector: str = "main") -> str:
    """Return the words of a part of the page, with single spaces."""
    found = soup(answer).select_one(selector)
    assert found is not None, selector
    return " ".join(found.get_text(" ").split())


def listed(answer: TestResponse, selector: str) -> list[str]:
    """Return the words of each part of the page that a selector finds."""
    return [" ".join(found.get_text(" ").split()) for found in soup(answer).select(selector)]


def faults(answer: TestResponse) -> list[str]:
    """Return the lines of the summary of what is to be put right."""
    return listed(answer, "[data-errors] li")
