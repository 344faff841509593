"""What many hosts come to: upgrades and restarts under load, hosts that vanish, prints that others take over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.host_losses import measure_lost_database, measure_lost_workers
from bench.host_restarts import measure_restarts
from bench.takeover import measure_takeover
from bench.upgrades import measure_upgrade
from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from tests.conftest import make_settings
from tests.postgres import PostgresServer

ROUNDS = {True: 1, False: 4}
"""How often each of two hosts is replaced, and the database restarted in each way; True: quick."""
JOBS = {True: 4, False: 40}


def measure_hosts(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Measure all of it on both databases; what needs several hosts on PostgreSQL alone."""
    found: dict[str, object] = {}
    with PostgresServer() as server:
        for name in ("sqlite", "postgresql"):
            url = server.url(server.create_database()) if name == "postgresql" else ""
            settings = _install(folder / f"{name}-upgrade", url)
            figures = measure_upgrade(settings, hosts=2, rounds=ROUNDS[is_quick], jobs=JOBS[is_quick])
            found |= _named(f"upgrade_{name}", figures)
            url = server.url(server.create_database()) if name == "postgresql" else ""
            place = folder / f"{name}-takeover"
            place.mkdir()
            found |= _named(f"takeover_{name}", measure_takeover(place, is_quick=is_quick, database_url=url))
    with PostgresServer(options=()) as durable:
        settings = _install(folder / "restart", durable.url(durable.create_database()))
        found |= _named("restart", measure_restarts(settings, durable, rounds=ROUNDS[is_quick], jobs=JOBS[is_quick]))
    for what in ("workers", "database"):
        (folder / what).mkdir()
    found |= _named("lost_workers", measure_lost_workers(folder / "workers", later_jobs=JOBS[is_quick]))
    return found | _named("lost_database", measure_lost_database(folder / "database"))


def _install(folder: Path, url: str) -> Settings:
    folder.mkdir()
    settings = make_settings(url or f"sqlite:///{folder / 'hosts.db'}", folder, jobs=JobsMode.DBOS)
    settings = replace(settings, web_workers=2)
    migrate_database(settings)
    return settings


def _named(name: str, figures: dict[str, object]) -> dict[str, object]:
    return {f"{name}_{key}": value for key, value in figures.items()}
