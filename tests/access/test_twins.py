"""Databases that differ in secrets look alike to whoever may not know them; a hidden case looks like none."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.access.addresses import find_unknown
from tests.access.cast import IC
from tests.access.pairs import Statements, compare_twins, compare_with_none
from tests.access.theatre import Theatre

TRACK, PRINTS = IC, False


@pytest.mark.parametrize("stage", ["voting"])
def test_a_secret_changes_nothing_for_whoever_may_not_read_it(theatre: Theatre, stage: str) -> None:
    compared = compare_twins(theatre, stage)
    assert compared.differ == []
    assert compared.tried > 0


def test_every_part_of_an_address_is_known(theatre: Theatre) -> None:
    with Session(theatre.engine) as session:
        ids = theatre.ids(session)
    assert find_unknown(theatre.app, ids) == []


@pytest.mark.parametrize("stage", ["voting"])
def test_a_case_that_may_not_be_known_cannot_be_told_from_none(
    theatre: Theatre, stage: str, statements: Statements
) -> None:
    compared = compare_with_none(theatre, stage, statements)
    assert compared.differ == []
    assert compared.tried > 0
