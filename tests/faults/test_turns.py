"""Whose print comes first: a person's before all batches, then share by share; what a failure leaves alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.connections import KEEPALIVES, LOOKED_AFTER
from review.adapters.job_slots import PostgresSlots
from review.adapters.job_tables import pool_of_engine
from review.adapters.jobs import enqueue
from review.adapters.render_pool import RenderPool
from review.config import Settings
from review.extensions import make_engine
from review.models import Message, Person
from tests.faults import jobs_in_test
from tests.faults.processes import running, wait_for
from tests.packet import workloads

WORKER = "tests.faults.worker_in_test"
BATCH = 30


@pytest.fixture
def waiting(engine_session: Session) -> Session:
    """Return a session whose jobs wait for a worker; effects are written to somebody."""
    engine_session.add(Person(id=1, external_id="anybody", name="Anybody"))
    engine_session.commit()
    return engine_session


def effects(session: Session) -> list[str]:
    """Return what took effect, in the order in which it did."""
    found = list(session.scalars(sa.select(Message.key).order_by(Message.id)))
    session.rollback()
    return [key.rpartition("#")[0] for key in found]


@pytest.mark.both_databases
def test_what_a_person_waits_for_comes_before_a_batch_that_fills_all_processes(
    waiting: Session, engine_settings: Settings, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    for number in range(BATCH):
        enqueue(waiting, "note_gated", f"batch-{number}", str(gate), key=f"batch-{number}", share="committee-1")
    waiting.commit()
    with ExitStack() as ends:
        with jobs_in_test.closed_gate(gate):
            ends.enter_context(running(engine_settings, WORKER))
            for number in range(3):
                enqueue(waiting, "note_computed", number, key=f"asked-{number}")
                waiting.commit()
                wait_for(lambda number=number: len(effects(waiting)) == number + 1, engine_settings)
        wait_for(lambda: len(effects(waiting)) == 3 + BATCH, engine_settings)
    found = effects(waiting)
    assert found[:3] == [f"computed-{number}-{number}" for number in range(3)]
    assert sorted(found[3:]) == sorted(f"batch-{number}" for number in range(BATCH))


@pytest.mark.both_databases
def test_no_share_waits_for_the_whole_of_another(waiting: Session, engine_settings: Settings, tmp_path: Path) -> None:
    """With one process, which prints in the order of turns: a second one that starts late would end its print late."""
    settings = replace(engine_settings, render_processes=1)
    gate = str(tmp_path / "gate")
    for share, count in (("many", BATCH), ("few", 4)):
        for number in range(count):
            enqueue(waiting, "note_gated", f"{share}-{number}", gate, key=f"{share}-{number}", share=share)
    waiting.commit()
    with running(settings, WORKER):
        wait_for(lambda: len(effects(waiting)) == BATCH + 4, settings)
    found = effects(waiting)
    last = max(place for place, key in enumerate(found) if key.startswith("few"))
    assert len(found) - 1 - last >= BATCH // 4


def test_a_killed_process_costs_a_second_try_and_a_full_disk_is_told(
    waiting: Session, engine_settings: Settings, tmp_path: Path
) -> None:
    for number in range(4):
        enqueue(waiting, "note_after_kill", number, str(tmp_path), key=f"killed-{number}", share="batch")
        enqueue(waiting, "note_computed", number, key=f"other-{number}")
    enqueue(waiting, "note_full_disk", 7, str(tmp_path), key="full", share="batch")
    waiting.commit()
    with running(engine_settings, WORKER):
        wait_for(lambda: len(effects(waiting)) == 9, engine_settings)
    expected = [f"{kind}-{number}-{number}" for kind in ("after-kill", "computed") for number in range(4)]
    assert sorted(effects(waiting)) == sorted([*expected, "7: disk full: OSError: File too large"])
    assert list(tmp_path.glob("*.pdf*")) == []


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_job_engine_has_its_connections_looked_after_too(settings: Settings) -> None:
    options = pool_of_engine(settings.database_url)["db_engine_kwargs"]
    engine = sa.create_engine(settings.database_url, **options)
    with engine.connect() as connection:
        asked = {name: connection.scalar(sa.text(f"SHOW {name}")) for name in LOOKED_AFTER}
    engine.dispose()
    assert asked == {name: str(value) for name, value in LOOKED_AFTER.items()}
    own = f"{settings.database_url}?options=-c%20tcp_keepalives_idle%3D7"
    assert "options" not in pool_of_engine(own)["db_engine_kwargs"]["connect_args"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_locks_of_a_host_without_power_are_let_go(settings: Settings) -> None:
    engine = make_engine(settings)
    slots = PostgresSlots(engine)
    assert slots.hold("press-0")
    other = PostgresSlots(engine)
    assert not other.hold("press-0")
    with engine.connect() as connection:  # the one that the second had, which the pool hands out again
        asked = [connection.scalar(sa.text(f"SHOW {setting}")) for setting in (*KEEPALIVES, "jit")]
    assert asked == [*(str(value) for value in KEEPALIVES.values()), "off"]
    slots.drop("press-0")
    assert other.hold("press-0")
    other.drop("press-0")
    engine.dispose()


def test_the_reserve_is_for_what_a_person_waits_for() -> None:
    with RenderPool(1, timeout_s=100, reserve=1) as pool, ThreadPoolExecutor(2) as threads:
        is_begun = threading.Event()

        def take_turn() -> int:
            with pool.turn(is_asked=False) as turn:
                is_begun.set()
                return turn.run(workloads.double, 1)

        with pool.turn(is_asked=False):
            later = threads.submit(take_turn)
            assert pool.run(workloads.double, 21) == 42
            assert not is_begun.is_set()
        assert later.result() == 2


def find_children() -> set[int]:
    """Return the numbers of the processes that pools of this one have started."""
    return {child.pid for child in psutil.Process().children() if is_of_a_pool(child)}


def is_of_a_pool(child: psutil.Process) -> bool:
    """Tell whether a pool has started a process; of one that ended a moment ago nothing is known."""
    try:
        return "spawn_main" in " ".join(child.cmdline())
    except psutil.NoSuchProcess:
        return False


def test_every_process_is_warm_before_the_first_render() -> None:
    others = find_children()
    with RenderPool(2, timeout_s=100, reserve=1) as pool:
        pool.warm(workloads.process_id).join()
        warm = find_children() - others
        with pool.turn() as one, pool.turn() as two, pool.turn() as three:
            assert {turn.run(workloads.process_id) for turn in (one, two, three)} == warm
