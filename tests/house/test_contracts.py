"""Imports go down the floors only, and rooms on one floor keep to themselves."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import grimp
import pytest

from review import BLUEPRINTS
from review.adapters.jobs import JOBS
from review.config import ROOT
from review.worker import JOB_MODULES

LOWEST_SERVICES = {
    "audit",
    "audit_head",
    "person_keys",
    "book_turns",
    "messages",
    "printing",
    "invite_links",
    "many_rows",
    "password_links",
    "password_check",
    "password_rules",
    "request_keys",
    "timers",
    "effects",
    "feedback_sets",
    "first_writes",
    "proposals",
    "seals",
}
STANDS_ON = {
    "seats": {"committees"},
    "conflicts": {"seats"},
    "votes": {"seats"},
    "meetings": {"seats"},
    "books": {"packets"},
    "restored": {"privacy_erasure"},
    "identities": {"people.rights", "sign_ins"},
    "password_resets": {"sign_ins"},
    "sign_in_list": {"people.rights"},
    "directory_sync": {"people", "sign_ins"},
    "calendar_feeds": {"sign_ins"},
    "bulk": {"people.handover", "ratings"},
}
"""Rooms above others of their own wing: members sit before they vote, declare or meet; a book holds packets; whoever
opens or ends a sign-in does it in one place, a directory changes people as a people file does, and a step for many
cases hands each on as it is handed on alone."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Return who imports whom in the package."""
    return grimp.build_graph("review")


def imports_within(graph: grimp.ImportGraph, floor: str) -> dict[str, set[str]]:
    """Return, for each module of a floor, the modules of the same floor that it imports, by their short names."""
    prefix = f"review.{floor}."
    return {
        module.removeprefix(prefix): {
            other.removeprefix(prefix)
            for other in graph.find_modules_directly_imported_by(module)
            if other.startswith(prefix)
        }
        for module in graph.modules
        if module.startswith(prefix)
    }


def test_contracts_are_kept() -> None:
    """The floors, the purity of the domain, and no Flask below the web, as written in pyproject.toml.

    In a process of its own: the linter silences every logger that it finds.
    """
    lint = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_rooms_of_the_web_do_not_import_each_other(graph: grimp.ImportGraph) -> None:
    """A room takes what it shares from modules without pages of their own."""
    rooms = {name.removeprefix("review.web.") for name in BLUEPRINTS}
    seen = {room: imports & rooms for room, imports in imports_within(graph, "web").items()}
    assert {room: found for room, found in seen.items() if found} == {}


@pytest.mark.parametrize("floor", ["models", "forms"])
def test_models_and_forms_share_their_base_only(graph: grimp.ImportGraph, floor: str) -> None:
    """A table knows other tables by their names; a form knows no other form."""
    seen = {module: imports - {"base"} for module, imports in imports_within(graph, floor).items()}
    assert {module: found for module, found in seen.items() if found} == {}


def test_services_stand_on_audit_messages_and_transitions(graph: grimp.ImportGraph) -> None:
    """Lowest: trail, outbox and their like; then transitions; the rooms above know neither each other nor the sweep."""
    seen = imports_within(graph, "services")
    faults = {}
    for module, imports in seen.items():
        noun = module.partition(".")[0].partition("_")[0]
        own = {other for other in seen if other.partition(".")[0].partition("_")[0] == noun}
        allowed = LOWEST_SERVICES | (set() if module in LOWEST_SERVICES else own | {"transitions"})
        if found := imports - allowed - STANDS_ON.get(module, set()):
            faults[module] = found
    assert faults == {}


def test_every_room_of_the_web_is_registered(graph: grimp.ImportGraph) -> None:
    """A module with a blueprint stands in BLUEPRINTS, else its pages are not there."""
    modules = [module for module in graph.modules if module.startswith("review.web.")]
    assert {module for module in modules if hasattr(import_module(module), "bp")} == set(BLUEPRINTS)


def test_a_worker_knows_every_job(graph: grimp.ImportGraph) -> None:
    """A module that registers a job stands in JOB_MODULES, else its jobs fail in the worker."""
    for module in graph.modules:
        if module.startswith(("review.services.", "review.rehearsal.")):
            import_module(module)
    homes = {job.run.__module__ for job in JOBS.values()}
    assert {home for home in homes if home.startswith("review.")} == set(JOB_MODULES)
