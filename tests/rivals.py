"""Two people who do the same at once: the second gets as far as the first one's locks let them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.errors import ReviewError
from review.extensions import make_engine

PATIENCE_SECONDS = 1800
T = TypeVar("T")


def let_second_come_late(session: Session, settings: Settings, act: Callable[[Session], object], marker: str) -> str:
    """Let a second session act while the first, which has written, has not committed; return what the second is told.

    The first commits once the second has begun the statement that holds `marker`. On SQLite, where writers queue at
    their BEGIN, that is the moment.
    """
    engine = make_engine(settings)

    def come_late() -> str:
        with Session(engine) as own:
            try:
                act(own)
                own.commit()
            except ReviewError as error:
                return str(error)
        return "done"

    answer = let_call_come_late(session, engine, come_late, marker)
    engine.dispose()
    return answer


def let_call_come_late(session: Session, engine: sa.Engine, call: Callable[[], T], *markers: str) -> T:
    """Let a call on `engine` begin while the session, which has written, has not committed; return its answer.

    The session commits as let_second_come_late() says, at the first of the markers.
    """
    is_there = Event()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement == "BEGIN IMMEDIATE" or any(marker in statement for marker in markers):
            is_there.set()

    event.listen(engine, "before_cursor_execute", note)
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(call)
        assert is_there.wait(PATIENCE_SECONDS)
        session.commit()
        answer = told.result(PATIENCE_SECONDS)
    event.remove(engine, "before_cursor_execute", note)
    return answer
