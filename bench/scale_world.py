"""A company of any size to measure: a few of the demo's cases, played once, then made large."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from review.cli.database import migrate_database
from review.config import Settings
from review.demo.build import build_demo
from review.demo.content import DemoContent, load_content
from review.demo.scale import Grown, grow_company
from review.extensions import make_engine
from tests.conftest import make_settings

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SEED = 2026
CASES = frozenset(
    {"leila-principal", "joaquim-group", "shreya-senior", "birgit-director", "marguerite-staff", "linh-senior"}
)
"""One of each kind that matters to lists: being built, withdrawn, voted on, announced."""
PROCESSES = 2
POSTGRESQL = ("shared_buffers=512MB", "max_connections=60", "random_page_cost=1.1")
"""What a server of one's own for a large company has; what is committed is on the disk."""


def build_pattern(folder: Path, database_url: str = "") -> Settings:
    """Play the few cases in a database without tables, a SQLite file in the folder unless one is named."""
    settings = make_settings(database_url or f"sqlite:///{folder / 'pattern.db'}", folder)
    migrate_database(settings)
    engine = make_engine(settings)
    build_demo(engine, _choose(load_content()), now=NOW, seed=SEED, processes=PROCESSES)
    engine.dispose()
    return settings


def copy_pattern(pattern: Settings, path: Path) -> Settings:
    """Return a copy of the pattern in a SQLite file of its own."""
    source, target = sqlite3.connect(pattern.database_url.removeprefix("sqlite:///")), sqlite3.connect(path)
    source.backup(target)
    source.close()
    target.close()
    return replace(pattern, database_url=f"sqlite:///{path}")


def grow_pattern(settings: Settings, people: int, cases: int | None = None) -> Grown:
    """Make the pattern's company as large as that, and let the database learn how large its tables are.

    Args:
        cases: how many; None: one for each 20 people.
    """
    engine = make_engine(settings)
    with Session(engine) as session:
        grown = grow_company(
            session, people=people, cases=cases, domain="scale.example", now=NOW, seed=SEED, tell=lambda *_: None
        )
        session.commit()
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    engine.dispose()
    return grown


def _choose(content: DemoContent) -> DemoContent:
    return replace(content, cases=tuple(case for case in content.cases if case.key in CASES))
