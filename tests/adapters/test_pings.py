"""A kept connection is used again without a question to the server, and replaced once the server has ended it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

ME = sa.text("SELECT pg_backend_pid()")
LAST = sa.text("SELECT query FROM pg_stat_activity WHERE pid = :pid")
END = sa.text("SELECT pg_terminate_backend(:pid, 60000)")


def test_a_kept_connection_is_not_asked_whether_it_is_there(engine: sa.Engine) -> None:
    with engine.connect() as watching:
        with engine.connect() as first:
            pid = first.scalar(ME)
        with engine.connect() as again:
            driver = again.connection.driver_connection
            assert driver is not None
            assert driver.info.backend_pid == pid
            assert watching.scalar(LAST, {"pid": pid}) == "ROLLBACK"


def test_a_connection_that_the_server_has_ended_is_replaced(engine: sa.Engine) -> None:
    with engine.connect() as watching:
        with engine.connect() as first:
            pid = first.scalar(ME)
        assert watching.scalar(END, {"pid": pid}) is True
        with engine.connect() as again:
            assert again.scalar(ME) not in (None, pid)
