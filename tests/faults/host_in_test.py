"""A web server, and a worker that knows the jobs of the tests: `python -m tests.faults.host_in_test`."""

from __future__ import annotations

import sys

from review.cli.serve import Part, python, supervise, web_command
from review.config import read_settings

if __name__ == "__main__":
    settings = read_settings()
    parts = [Part("The web server", web_command(settings)), Part("The worker", python("tests.faults.worker_in_test"))]
    sys.exit(supervise(parts, settings))
