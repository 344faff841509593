"""A figure of the tables of faults counts only where something was broken and something acknowledged meanwhile."""

from __future__ import annotations

from concurrent.futures import Future
from itertools import chain
from pathlib import Path

import psycopg
import pytest

from bench import faults, hosts
from bench.fault_ground import Ground
from bench.patterns import PATTERN
from bench.rows import Row, Run, find_failed
from tests.postgres import PostgresServer

SAVES = ("kills", "acknowledged"), ("lost",)


def measure(_ground: object) -> dict[str, object]:
    return {}


@pytest.mark.parametrize(
    ("figures", "failed"),
    [
        ({"kills": 2, "acknowledged": 9, "lost": 0}, []),
        ({"kills": 2, "acknowledged": 9, "lost": 1}, ["lost"]),
        ({"kills": 0, "acknowledged": 9, "lost": 0}, ["kills"]),
        ({"kills": 2, "lost": 0}, ["acknowledged"]),
        ({"kills": 2, "acknowledged": 9}, ["lost"]),
    ],
)
def test_what_was_not_broken_or_not_counted_shows_nothing(figures: dict[str, object], failed: list[str]) -> None:
    assert find_failed(Row("saves", measure, *SAVES), figures) == failed


@pytest.mark.parametrize("rows", [faults.ROWS, hosts.ROWS])
def test_every_row_says_what_was_broken_and_what_must_be_nothing(rows: tuple[Row, ...]) -> None:
    assert [row.name for row in rows if not row.counted or not row.none] == []
    assert len({row.name for row in rows}) == len(rows)


def test_a_row_that_breaks_off_has_failed_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    begun: Future[dict[str, object]] = Future()
    begun.set_exception(RuntimeError("nobody answers"))
    run = Run(Row("saves", measure, *SAVES), "sqlite", begun)
    assert find_failed(run.row, run.end()) == [*chain(*SAVES)]
    told = capsys.readouterr().err
    assert told.splitlines()[0] == "saves on sqlite broke off:"
    assert told.splitlines()[-1] == "RuntimeError: nobody answers"


def test_a_server_of_a_fault_s_own_begins_with_the_databases_that_another_has_left(
    tmp_path: Path,
) -> None:
    with PostgresServer() as first:
        with psycopg.connect(_address(first, first.create_database(PATTERN))) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        first.leave_data(tmp_path / "data")
        with psycopg.connect(_address(first, PATTERN)) as connection:
            connection.execute("UPDATE kept SET number = 8")  # what is left stays as it was left
    ground = Ground(tmp_path, is_quick=True, data=tmp_path / "data")
    with ground.own_server(is_durable=True) as (second, name), psycopg.connect(_address(second, name)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
        assert connection.execute("SHOW fsync").fetchall() == [("on",)]


def _address(server: PostgresServer, name: str) -> str:
    return server.url(name).replace("+psycopg", "")
