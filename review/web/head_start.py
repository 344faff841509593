"""A head start: what every process would load for its first page, loaded once, before they are forked from this one."""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path

import babel.core
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from review.adapters.connections import only_reading
from review.adapters.logs import describe_error
from review.domain.checks import make_ready
from review.extensions import db
from review.queries.pinned import load_open
from review.queries.ready import spell_all
from review.queries.sign_ins import find_sign_in
from review.web.compiled import use_compiled
from review.web.guards import current_now
from review.web.words import day_short

FRAME = ("base.html", "door.html", "macros/ui.html", "macros/forms.html", "macros/charts.html", "sign_in/show.html")
"""The templates of which every page, or the first one, is made."""
MODULES = (
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.hashes",
    "cryptography.hazmat.primitives.kdf.hkdf",
    "encodings.idna",
)
"""What the page of a case loads when it opens the sealed part of the record, and the first request."""
SIGN_IN = "/sign-in"
NOBODY = "nobody"
"""A digest that no sign-in has."""
log = logging.getLogger(__name__)


def give_head_start(app: Flask) -> None:
    """Load templates, modules, checks, names of days, what open cycles pinned; leave no connection to who is forked.

    Where the database is away or empty, what stands in it is left to the pages, and the log says why.
    """
    with app.app_context():
        _learn_days()
    use_compiled(app)
    for name in MODULES:
        import_module(name)
    make_ready()
    for name in FRAME:
        app.jinja_env.get_template(name)
    with app.app_context():
        if db.engine.dialect.name == "sqlite" and not Path(db.engine.url.database or "").is_file():
            return  # to look would make one
        try:
            _read_what_all_need()
            _show_sign_in(app)
        except (SQLAlchemyError, ValueError, HTTPException) as error:
            log.warning("The first pages read by themselves what they have in common: %s", describe_error(error))
        finally:
            db.engine.dispose()


def _learn_days() -> None:
    """Write a day, for which Babel reads its languages, and let go what it reads of all scripts and countries besides.

    That is 2 MB, which no page asks for; whoever does makes Babel read it again.
    """
    day_short(current_now().date())
    vars(babel.core)["_global_data"] = None


def _read_what_all_need() -> None:
    """Look a sign-in up, spell out what pages and saves ask again and again, and read what open cycles pinned.

    Spelling out touches what describes half of the tables: each process would get a copy of that for itself.
    """
    with Session(only_reading(db.engine)) as session:
        find_sign_in(session.connection(), NOBODY, today=current_now().date())
        spell_all(session.connection())
        load_open(session)


def _show_sign_in(app: Flask) -> None:
    """Make the one page that is open to everybody, for nobody: no request is counted, none is logged.

    What Python notes in code as it runs for the first times would part each process's copy from the others'.
    """
    with app.test_request_context(SIGN_IN, base_url=app.extensions["settings"].public_url):
        app.preprocess_request()
        app.dispatch_request()
