"""A worker of the tests under the eye of `serve`: `python -m tests.faults.supervised_in_test`."""

from __future__ import annotations

import sys

from review.cli.serve import Part, python, supervise
from review.config import read_settings

if __name__ == "__main__":
    sys.exit(supervise([Part("The worker", python("tests.faults.worker_in_test"))], read_settings()))
