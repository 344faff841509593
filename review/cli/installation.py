"""The installation's database, opened for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.orm import Session


@contextmanager
def open_installation() -> Iterator[tuple[Session, datetime]]:
    """Give a session and the moment it is; what is not committed is undone."""
    from review import create_app
    from review.extensions import db

    app = create_app()
    with app.app_context():
        yield db.session(), app.extensions["clock"]()
