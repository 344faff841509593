"""The installation's database and its render processes, opened for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from review.adapters.render_pool import RenderPool


@contextmanager
def open_installation() -> Iterator[tuple[Session, datetime]]:
    """Give a session and the moment it is; what is not committed is undone."""
    from review import create_app
    from review.extensions import db

    app = create_app()
    with app.app_context():
        try:
            yield db.session(), app.extensions["clock"]()
        finally:
            db.session.remove()
            db.engine.dispose()  # a connection to PostgreSQL that nobody closes is told as a fault


@contextmanager
def open_to_read() -> Iterator[tuple[Session, datetime]]:
    """Give a session for a command that only reads, and the moment it is: nobody who saves waits for it meanwhile."""
    from review.adapters.connections import only_reading
    from review.extensions import db

    with open_installation() as (_, now), Session(only_reading(db.engine)) as session:
        yield session, now


def open_pool() -> RenderPool:
    """Return one render process, which may take as much as the installation lets a print take."""
    from review.adapters.render_pool import RenderPool
    from review.config import read_settings

    settings = read_settings()
    return RenderPool(1, settings.render_seconds, settings.render_mb)
