"""What many hosts come to: upgrades and restarts under load, hosts that vanish, prints that others take over."""

from __future__ import annotations

from pathlib import Path

from bench.fault_ground import Ground
from bench.host_losses import measure_lost_database, measure_lost_workers
from bench.host_restarts import measure_restarts
from bench.patterns import POSTGRESQL
from bench.rows import Figures, Row, find_failed, measure_rows
from bench.takeover import measure_takeover
from bench.upgrades import measure_upgrade
from review.config import JobsMode, Settings
from tests.conftest import make_settings

AT_ONCE = {True: 7, False: 4}
"""How many rows are tried beside each other; True: quick."""
ROUNDS = {True: 1, False: 4}
"""How often each of two hosts is replaced, and the database restarted in each way; True: quick."""
JOBS = {True: 4, False: 40}


def lost_workers(ground: Ground) -> Figures:
    """Let one of three hosts of workers vanish, and cut one off until its jobs are done elsewhere."""
    return measure_lost_workers(ground.folder, later_jobs=JOBS[ground.is_quick], data=ground.data)


def lost_database(ground: Ground) -> Figures:
    """Cut one of two hosts off from the database while people write."""
    return measure_lost_database(ground.folder, data=ground.data)


def upgrade(ground: Ground) -> Figures:
    """Replace two hosts by turns while people write and jobs wait."""
    settings = _installed(ground, ground.url)
    return measure_upgrade(settings, hosts=2, rounds=ROUNDS[ground.is_quick], jobs=JOBS[ground.is_quick])


def takeover(ground: Ground) -> Figures:
    """Print by several workers while one is killed."""
    return measure_takeover(ground.folder, is_quick=ground.is_quick, database_url=ground.url)


def restart(ground: Ground) -> Figures:
    """Restart PostgreSQL, and let it crash, while people write and jobs wait."""
    with ground.own_server(is_durable=True) as (server, name):
        settings = _installed(ground, server.url(name))
        return measure_restarts(settings, server, rounds=ROUNDS[ground.is_quick], jobs=JOBS[ground.is_quick])


SAVES = ("lost", "doubled", "errors_500", "text_gone", "breaks_in_trail")
LATE = ("jobs_lost", "jobs_doubled")
UNTOLD = ("told_503", "unanswered", "cut", "refused")
"""What an upgrade does to nobody."""
ROWS = (
    Row("lost_workers", lost_workers, ("taken_over", "fenced", "jobs"), LATE, (POSTGRESQL,)),
    Row("lost_database", lost_database, ("web_hosts", "acknowledged"), SAVES, (POSTGRESQL,)),
    Row("takeover", takeover, ("taken_over", "prints"), ("lost", "doubled", "failed")),
    Row("upgrade", upgrade, ("stops", "acknowledged", "jobs"), (*SAVES, *LATE, *UNTOLD)),
    Row("restart", restart, ("restarts", "acknowledged", "jobs"), (*SAVES, *LATE, "replaced"), (POSTGRESQL,)),
)
"""Those that take longest come first. What needs several hosts, or a server that restarts, is tried on PostgreSQL."""


def measure_hosts(folder: Path, *, is_quick: bool) -> Figures:
    """Try every row; `failed` names what did not hold or did not count."""
    found: Figures = {}
    failed: list[str] = []
    for run, figures in measure_rows(folder, ROWS, is_quick=is_quick, at_once=AT_ONCE[is_quick]):
        name = f"{run.row.name}_{run.database}" if len(run.row.databases) > 1 else run.row.name
        found |= {f"{name}_{key}": figure for key, figure in figures.items()}
        failed += [f"{name}_{key}" for key in find_failed(run.row, figures)]
    return {**found, "failed": failed}


def _installed(ground: Ground, url: str) -> Settings:
    return make_settings(url, ground.folder, jobs=JobsMode.DBOS, web_workers=2)
