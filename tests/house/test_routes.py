"""Every route is guarded, nothing is changed by a GET, and the app starts without what only printing needs."""

from __future__ import annotations

import subprocess
import sys

from flask import Flask

from review.config import ROOT, Settings
from tests.conftest import environment

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
    """What only printing, spreadsheets, statistics or the job engine need is loaded when it is used."""
    program = (
        f"import sys; from review import create_app; create_app(); print([n for n in {HEAVY!r} if n in sys.modules])"
    )
    started = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(settings),
    )
    assert started.stdout.strip() == "[]"
