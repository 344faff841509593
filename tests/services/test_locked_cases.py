"""What a save reads of a case whose lock it had to wait for on PostgreSQL: all as it stands when the lock is had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import WorkflowVersion
from review.queries.footing import lock_footing
from tests.factories import open_case_of, open_scene

WAITING = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_case_moves_to_another_workflow_while_its_lock_is_waited_for(
    engine: sa.Engine, session: Session, now: datetime
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    old = session.get_one(WorkflowVersion, case.workflow_version_id)
    taken = {"key": old.key, "title": old.title, "sources": old.sources, "digest": old.digest, "proposed_at": now}
    new = WorkflowVersion(version=old.version + 1, published_at=now, **taken)
    session.add(new)
    session.commit()
    case_id, new_id, actor = case.id, new.id, scene.actor("greta")

    def save() -> tuple[int, int]:
        with Session(engine) as own:
            found = lock_footing(own, case_id, actor, now=now)
            return found.case.workflow_version_id, len(found.criteria)

    case.workflow_version_id = new_id
    session.flush()
    with ThreadPoolExecutor(1) as pool, engine.connect() as watching:
        saved = pool.submit(save)
        while not (saved.done() or watching.scalar(WAITING)):
            watching.rollback()
        session.commit()
        assert saved.result() == (new_id, 4)
