"""A form that is clicked twice, or sent again since its answer was lost, takes effect once; a second one is found."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.fault_forms import Form, check_forms, measure_forms
from bench.fault_ground import Ground
from bench.voters import Browser
from review.models import Person

FORMS = 10


@pytest.mark.both_databases
def test_what_is_sent_twice_takes_effect_once(database_url: str, tmp_path: Path) -> None:
    figures = measure_forms(Ground(tmp_path, is_quick=True, database_url=database_url), submissions=FORMS)
    names = ("submissions", "submissions_acknowledged", "submissions_missing", "submissions_doubled")
    assert tuple(figures[name] for name in names) == (FORMS, FORMS, 0, 0)
    assert int(str(figures["submissions_cut"])) >= FORMS // 3


def test_what_is_missing_or_there_twice_is_found(session: Session) -> None:
    session.add_all([Person(external_id=f"p{n}", name="Twice") for n in range(2)])
    session.flush()
    effects = [sa.select(sa.func.count()).where(Person.name == name) for name in ("Twice", "Never")]
    forms = [Form(Browser(0, {}), "", {}, each, is_clicked_twice=False) for each in effects]
    assert check_forms(session, forms) == {
        "submissions_acknowledged": 2,
        "submissions_missing": 1,
        "submissions_doubled": 1,
    }
