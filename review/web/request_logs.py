"""The log of the web processes: set up once, with a record of each request where logs are JSON."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

from review.adapters.logs import set_up_logs
from review.config import LogForm, Settings

BEGAN = "log_began"

log = logging.getLogger("review.requests")


def begin() -> None:
    """Note when a request began."""
    setattr(g, BEGAN, time.perf_counter())


def finish(response: Response) -> Response:
    """Record an answer by the name of its route: neither its address nor what was asked for in it."""
    ms = round(1000 * (time.perf_counter() - g.get(BEGAN, time.perf_counter())), 1)
    about = {"endpoint": request.endpoint, "method": request.method, "status": response.status_code, "ms": ms}
    log.info("request", extra=about)
    return response


def init_app(app: Flask) -> None:
    """Set the logs up; a test reads what it is told without them."""
    settings: Settings = app.extensions["settings"]
    if not settings.is_testing:
        set_up_logs(settings.log)
    if settings.log is LogForm.JSON:
        app.before_request_funcs.setdefault(None, []).insert(0, begin)
        app.after_request(finish)
