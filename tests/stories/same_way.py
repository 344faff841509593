"""Goes what several stories have in common: once in full; those that come later are put where it ended.

What a part leaves behind is in the database, among the files and with the jobs of the app; all of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.extensions import db
from tests.factories import Scene
from tests.kept import find_jobs, kept
from tests.stories.walk import Walk


@dataclass(frozen=True, slots=True)
class End:
    """Where a part of a walk ends: the case, what was printed by its place, and the keys of the jobs that ran."""

    case_id: int
    files: tuple[tuple[str, bytes], ...]
    jobs: tuple[str, ...]


def go(walk: Walk, part: Callable[..., object], *arguments: object) -> None:
    """Go `part(walk, …)`, a function that has a name in its module, or be put where it ended before."""
    end = _go(walk.session, walk.client, walk.scene, walk.now, walk.case_id, walk.criteria, part, arguments)
    app = walk.client.application
    walk.case_id = end.case_id
    for name, content in end.files:
        place = _folder(app) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    with app.app_context():
        find_jobs(db.session()).seen.update(end.jobs)


@kept
def _go(
    session: Session,
    client: FlaskClient,
    scene: Scene,
    now: datetime,
    case_id: int,
    criteria: tuple[str, ...],
    part: Callable[..., object],
    arguments: tuple[object, ...],
) -> End:
    walk = Walk(client, session, scene, now, case_id, criteria)
    part(walk, *arguments)
    folder = _folder(client.application)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with client.application.app_context():
        jobs = find_jobs(db.session())
        assert jobs.ready == []
        done = tuple(sorted(jobs.seen))
    return End(walk.case_id, tuple((str(path.relative_to(folder)), path.read_bytes()) for path in files), done)


def _folder(app: Flask) -> Path:
    folder: Path = app.extensions["settings"].files_dir
    return folder
