"""Keeps the secret of a link that stands in an address out of every log this process writes."""

from __future__ import annotations

import logging
import re

from flask import Flask

LOGGERS = ("gunicorn.access", "gunicorn.error", "werkzeug")
"""Who else writes down addresses; the app's own logger comes with it."""
_SECRET = re.compile(r"(/outside/(?!done/)|/sign-in/new-password/|/calendar/)[^/\s?#\"']+")
_ANSWER = re.compile(r"(/sign-in/provider/back\?)[^\s\"']+")


class LinkFilter(logging.Filter):
    """Writes "/outside/…" for the address of a link, and the same for what sets a password or comes from a provider."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide links in the finished sentence of a record; always let it through."""
        said = record.getMessage()
        if "/outside/" in said or "/sign-in/" in said or "/calendar/" in said:
            record.msg, record.args = hide_links(said), None
        return True


def hide_links(words: str) -> str:
    """Return the words with the secret of each link left out."""
    return _ANSWER.sub(r"\1…", _SECRET.sub(r"\1…", words))


def init_app(app: Flask) -> None:
    """Put the filter on the loggers, once a process."""
    for logger in (app.logger, *map(logging.getLogger, LOGGERS)):
        if not any(isinstance(each, LinkFilter) for each in logger.filters):
            logger.addFilter(LinkFilter())
