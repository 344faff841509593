"""Web server and worker as `dualtrack serve` runs them, except that the worker warms nothing up: nothing is printed."""

from __future__ import annotations

import sys

from review import worker
from review.cli.serve import Part, python, supervise, web_command
from review.config import read_settings

WORKER = "worker"

if __name__ == "__main__":
    settings = read_settings()
    if sys.argv[1:] == [WORKER]:
        worker.WARM_UP = None
        sys.exit(worker.run_worker(settings))
    parts = [Part("The web server", web_command(settings)), Part("The worker", [*python("bench.fault_serve"), WORKER])]
    sys.exit(supervise(parts, settings))
