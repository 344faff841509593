"""Loaded once by the process that those who measure are forked from: what each of them would load and compile anew.

Importing it founds a company in memory, so that models are mapped and ladders are read; nothing of it is measured.
"""

from __future__ import annotations

import gc
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.pages import found_company, make_app
from review.adapters import job_engine
from review.extensions import db
from review.models import Base
from review.services import books, packets

LOADED = (job_engine, books, packets)
"""What is imported where it is used, and used by most who measure."""


def found_in_memory() -> None:
    """Do once what everybody does first."""
    with TemporaryDirectory() as folder:
        app = make_app(Path(folder) / "none", "sqlite://")
        with app.app_context():
            Base.metadata.create_all(db.engine)
            found_company(db.session(), 1)
            db.session.remove()
            db.engine.dispose()


found_in_memory()
gc.collect()
gc.freeze()
