"""Two people who do the same at once: the second gets as far as the first one's locks let them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.errors import ReviewError
from review.extensions import make_engine

PATIENCE_SECONDS = 1800


def let_second_come_late(session: Session, settings: Settings, act: Callable[[Session], object], marker: str) -> str:
    """Let a second session act while the first, which has written, has not committed; return what the second is told.

    The first commits once the second has begun the statement that holds `marker`. On SQLite, where writers queue at
    their BEGIN, that is the moment.
    """
    engine, is_there = make_engine(settings), Event()

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if marker in statement or statement == "BEGIN IMMEDIATE":
            is_there.set()

    def come_late() -> str:
        with Session(engine) as own:
            try:
                act(own)
                own.commit()
            except ReviewError as error:
                return str(error)
        return "done"

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(come_late)
        assert is_there.wait(PATIENCE_SECONDS)
        session.commit()
        answer = told.result(PATIENCE_SECONDS)
    engine.dispose()
    return answer
