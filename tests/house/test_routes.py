"""Every route is guarded, nothing is changed by a GET, and the app starts without what only printing needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from review.config import Settings
from tests.conftest import environment
from tests.programs import run_program

READING = {"GET", "HEAD", "OPTIONS"}
HEAVY = (
    "weasyprint",
    "numpy",
    "scipy",
    "dbos",
    "pikepdf",
    "openpyxl",
    "pyhanko",
    "cryptography",
    "authlib",
    "joserfc",
    "requests",
    "scim2_models",
    "review.domain.insight.compose",
    "review.rehearsal.play",
    "review.worker",
)


def test_every_route_is_guarded(app: Flask) -> None:
    """A view says `@requires(…)` or `@public`; the guard in front of all views refuses one that says nothing."""
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    assert [name for name, view in views.items() if name != "static" and not hasattr(view, "guard")] == []


def test_no_route_both_reads_and_changes(app: Flask) -> None:
    """One view answers GET or POST, so that a GET never changes anything by accident."""
    both = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) & READING - {"OPTIONS"} and (rule.methods or set()) - READING
    ]
    assert both == []


def test_the_app_starts_light(settings: Settings) -> None:
    """What only printing, spreadsheets, statistics, the job engine or a rehearsal need is loaded when it is used."""
    program = (
        f"import sys; from review import create_app; create_app(); print([n for n in {HEAVY!r} if n in sys.modules])"
    )
    assert run_program(program, env=environment(settings)) == "[]\n"


@pytest.mark.both_databases
def test_a_server_loads_its_own_database_alone(settings: Settings) -> None:
    """What SQLAlchemy knows of the other database, and the module of SQLite, take memory in each process."""
    known = ("sqlite3", "sqlalchemy.dialects.sqlite", "psycopg", "sqlalchemy.dialects.postgresql")
    program = (
        "import sys; from review import create_served_app; create_served_app();"
        f"print([n for n in {known!r} if n in sys.modules])"
    )
    own = known[:2] if settings.is_sqlite else known[2:]
    assert run_program(program, env=environment(settings)) == f"{list(own)!r}\n"


def test_no_package_is_asked_to_change_how_files_are_read(settings: Settings, tmp_path: Path) -> None:
    """One that offers itself to pydantic is neither searched at each start nor loaded."""
    about = tmp_path / "planted-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[pydantic]\nplanted = planted:plugin\n")
    (tmp_path / "planted.py").write_text("plugin = object()\n")
    program = "import sys; from review import create_app; create_app(); print('planted' in sys.modules)"
    assert run_program(program, env=environment(settings) | {"PYTHONPATH": str(tmp_path)}) == "False\n"
