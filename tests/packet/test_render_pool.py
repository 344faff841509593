"""Render processes: what goes wrong in one stays in it, and is told."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from review.adapters.render_pool import Failure, RenderFailed, RenderPool
from review.domain.errors import Fault, Invalid
from review.domain.text import text
from tests.packet import workloads

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pool():
    with RenderPool(1, timeout_s=20, memory_mb=600) as pool:
        yield pool


def test_a_process_stays_warm_from_one_render_to_the_next(pool):
    first = pool.run(workloads.process_id)
    assert pool.run(workloads.double, 21) == 42
    assert pool.run(workloads.process_id) == first != os.getpid()


@pytest.mark.parametrize(
    ("work", "failure", "detail"),
    [
        (workloads.crash, Failure.CRASHED, "the process ended with -11"),
        (workloads.devour, Failure.OUT_OF_MEMORY, "needed more memory than a render may use"),
        (workloads.raise_error, Failure.RAISED, "LookupError: no such page"),
    ],
)
def test_a_failure_is_told_and_the_pool_goes_on(pool, work, failure, detail):
    with pytest.raises(RenderFailed) as caught:
        pool.run(work)
    assert (caught.value.failure, caught.value.detail) == (failure, detail)
    assert pool.run(workloads.double, 4) == 8


def test_a_render_that_takes_too_long_is_ended():
    with RenderPool(1, timeout_s=3) as pool:
        child = pool.run(workloads.process_id)
        with pytest.raises(RenderFailed, match="timed out: took longer than 3 s"):
            pool.run(workloads.hang)
        assert not psutil.pid_exists(child)
        assert pool.run(workloads.double, 4) == 8


def test_a_process_killed_while_it_works_is_told(pool, tmp_path):
    child = pool.run(workloads.process_id)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as threads:
        render = threads.submit(pool.run, workloads.tell_and_hang, str(pipe))
        assert pipe.read_text(encoding="utf-8") == "at work"
        psutil.Process(child).kill()
        with pytest.raises(RenderFailed, match="crashed: the process ended with -9"):
            render.result()
    assert pool.run(workloads.double, 4) == 8


def test_a_process_killed_while_idle_is_replaced(pool):
    child = psutil.Process(pool.run(workloads.process_id))
    child.kill()
    psutil.wait_procs([child])
    assert pool.run(workloads.double, 4) == 8


def test_faults_of_the_content_come_back_as_they_are(pool):
    with pytest.raises(Invalid) as caught:
        pool.run(workloads.refuse)
    assert caught.value.faults == (
        Fault(text("This text has %(have)s characters", have=7), field="criteria.0.self_review"),
    )


def test_one_failure_leaves_the_neighbour_alone():
    with RenderPool(2, timeout_s=20) as pool, ThreadPoolExecutor(4) as threads:
        crashes = [threads.submit(pool.run, workloads.crash) for _ in range(2)]
        doubles = [threads.submit(pool.run, workloads.double, number) for number in range(6)]
        assert [one.result() for one in doubles] == [0, 2, 4, 6, 8, 10]
        assert [type(one.exception()) for one in crashes] == [RenderFailed, RenderFailed]


def test_closing_ends_the_processes():
    with RenderPool(1) as pool:
        child = pool.run(workloads.process_id)
    assert not psutil.pid_exists(child)


PARENT = """
import sys
from review.adapters.render_pool import RenderPool
from tests.packet import workloads
if __name__ == "__main__":
    pool = RenderPool(1)
    print(pool.run(workloads.process_id), flush=True)
    sys.stdin.read()
"""


def test_a_process_dies_with_its_parent(tmp_path):
    parent = _start_parent(tmp_path)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    gone, alive = psutil.wait_procs([child])
    assert (len(gone), alive) == (1, [])


def test_the_folders_of_a_killed_parent_are_removed_by_the_next_pool(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    parent = _start_parent(tmp_path)
    parent.stdout.readline()
    with RenderPool(1) as pool:
        pool.run(workloads.process_id)
        assert len(_folders(tmp_path)) == 2
    left = _folders(tmp_path)
    parent.kill()
    parent.communicate()
    with RenderPool(1) as pool:
        pool.run(workloads.process_id)
        assert (len(left), len(_folders(tmp_path)), left & _folders(tmp_path)) == (1, 1, set())
    assert _folders(tmp_path) == set()


def _start_parent(place):
    """A process of its own with a pool of one; its first line names the pool's process, and it keeps its files here."""
    script = place / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)},
    )


def _folders(place):
    return set(place.glob("dualtrack-render-*"))
