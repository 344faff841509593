"""Logs without anybody's words: what is written of a record, as a line for people or as a JSON object.

Sentences are our own; what stands in them is kept when it is a number, or when our own code gave it, which hands over
numbers and codes only. Of an error its kind and its place are kept, never its words: they may repeat what was typed.
"""

from __future__ import annotations

import json
import logging
import re
import smtplib
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from review.config import ROOT, LogForm

OWN = "review"
FOREIGN = ("gunicorn.error", "gunicorn.access", "dbos", "weasyprint")
"""Who else writes, by handlers of its own."""
FIELDS = ("endpoint", "method", "status", "ms")
"""What a record of a request says besides its sentence."""
KEPT_FRAMES = 12
_LINE_ENDS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def describe_error(error: BaseException) -> str:
    """Return the kind of an error, and what of it is a code."""
    code: object = getattr(getattr(error, "orig", error), "sqlstate", None) or getattr(error, "code", None)
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    elif isinstance(error, OSError):
        code = error.strerror if error.errno is not None else None
    return f"{type(error).__name__} ({code})" if code else type(error).__name__


class PrivateFormatter(logging.Formatter):
    """Writes a record as one line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told = describe(record)
        about = " ".join(f"{name}={told[name]}" for name in FIELDS if name in told)
        lines = [f"{told['at']} {told['level']} {told['logger']}: {told['message']} {about}".rstrip()]
        lines += [f"  {line}" for line in (*told.get("errors", ()), *told.get("frames", ()))]
        return "\n".join(_LINE_ENDS.sub(_spell_out, line) for line in lines)


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object."""
        return json.dumps(describe(record))


def describe(record: logging.LogRecord) -> dict[str, Any]:
    """Return what may be written of a record."""
    told: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _say(record),
    }
    told.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        told["errors"] = [describe_error(each) for each in _chain(error)]
        told["frames"] = _frames(error)
    return told


def make_formatter(form: LogForm) -> logging.Formatter:
    """Return the formatter of a form."""
    return JsonFormatter() if form is LogForm.JSON else PrivateFormatter()


def set_up_logs(form: LogForm) -> None:
    """Let all that this process writes into logs go to the error output in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(make_formatter(form))
    logging.root.handlers[:] = [handler]
    logging.getLogger(OWN).handlers.clear()
    logging.getLogger(OWN).setLevel(logging.INFO if form is LogForm.JSON else logging.WARNING)
    for name in FOREIGN:
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(handler)
            logger.propagate = False
        for each in logger.handlers:
            each.setFormatter(make_formatter(form))


def _spell_out(sign: re.Match[str]) -> str:
    """Write a line end that came with an address as its name, so that nobody writes lines of their own into the log."""
    return sign[0].encode("unicode_escape").decode()


def _say(record: logging.LogRecord) -> str:
    is_own = record.name.partition(".")[0] == OWN
    place = f"{record.module}:{record.lineno}"
    if isinstance(record.args, tuple) and record.args:
        kept = tuple(_keep(value, is_own=is_own) for value in record.args)
        try:
            return str(record.msg) % kept
        except (TypeError, ValueError):  # asks for a number where a word was left out
            return place
    return str(record.msg) if is_own or record.name.startswith("gunicorn") else place


def _keep(value: object, *, is_own: bool) -> object:
    if isinstance(value, BaseException):
        return describe_error(value)
    if isinstance(value, (int, float)) or value is None or is_own:
        return value
    return "…"


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-KEPT_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(name: str) -> str:
    path = Path(name)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "/".join(path.parts[-2:])
