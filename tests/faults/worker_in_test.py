"""A worker that knows the jobs of the tests: `python -m tests.faults.worker_in_test`."""

from __future__ import annotations

import sys

from review import worker
from review.config import read_settings

IN_PARTS = tuple(f"review.services.{name}" for name in ("cases_nominate_all", "people_imports", "releases_sending"))
if __name__ == "__main__":  # a render process loads this module again
    worker.JOB_MODULES, worker.WARM_UP = ("tests.faults.jobs_in_test", *IN_PARTS), None
    sys.exit(worker.run_worker(read_settings()))
