"""Whether a connection that was kept is still there, without asking the server before each use."""

from __future__ import annotations

import select
from functools import partial
from typing import Any

from sqlalchemy import Engine


def ask_where_in_doubt(engine: Engine) -> None:
    """Let an engine on PostgreSQL ask the server only where something has come in that nobody waits for.

    A server that ends a connection says so or closes it; one that fell silent is given up by the system itself, within
    the times of adapters/connections. A connection on which there is nothing to hear is as good as one that answered.
    """
    engine.dialect.do_ping = partial(_look, engine.dialect.do_ping)  # type: ignore[method-assign]


def _look(ask: Any, connection: Any) -> bool:
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    return bool(ask(connection)) if heard.poll(0) else True
