"""`dualtrack doctor` finds what lists keep wrongly, and `dualtrack db mend-lists` mends it."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.cli.database import db
from review.cli.doctor import find_in_database
from review.cli.doctor_places import Finding
from review.config import Settings
from review.models import Case, Person
from tests.conftest import environment
from tests.factories import open_case_of, open_scene


@pytest.mark.both_databases
def test_what_lists_keep_wrongly_is_found_and_mended(
    session: Session, engine: Engine, settings: Settings, now: datetime
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    before = (case.code, case.sought, case.due_at)
    session.commit()
    assert list(find_in_database(engine, now=now)) == []
    on = " ON person" if engine.dialect.name == "postgresql" else ""
    session.execute(sa.text(f"DROP TRIGGER case_renamed{on}"))
    session.execute(sa.update(Case).values(sought="ben", due_at=None))
    session.commit()
    first = f"{before[0]}: lists hold it due on another day than its main token"
    what = f"2 columns kept for lists are wrong: {first}."
    assert list(find_in_database(engine, now=now)) == [Finding(what, "dualtrack db mend-lists")]
    ran = CliRunner(env=environment(settings)).invoke(db, ["mend-lists"])
    assert (ran.exit_code, ran.output) == (0, "What is kept for lists is as it should be.\n")
    assert list(find_in_database(engine, now=now)) == []
    assert session.execute(sa.select(Case.code, Case.sought, Case.due_at)).one() == before
    session.execute(sa.update(Person).where(Person.id == scene.id("ben")).values(name="Ben Moreau"))
    session.commit()
    assert list(find_in_database(engine, now=now)) == []
