"""`python -m bench NAME --json`: the figures of the README, measured on this machine."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.committees import measure_make_up
from bench.engine import measure_check, measure_decide
from bench.preload import begin_to_load

STARTS = 5
START = "import sys; from review import create_app; create_app(); print('weasyprint' in sys.modules)"


def engine() -> dict[str, object]:
    """Measure the workflow engine, the start of the app, and the statements of the pages."""
    from bench.pages import count_statements

    with tempfile.TemporaryDirectory() as folder:
        counted = count_statements(Path(folder))
    starts, is_imported = _measure_start()
    return {
        "decide_us": round(measure_decide(), 1),
        "check_s": round(measure_check(), 3),
        "app_start_s": round(starts, 3),
        "weasyprint_imported": is_imported,
        "pages": len(counted),
        "max_statements": max(each.many for each in counted),
        "pages_whose_statements_grow": [each.page for each in counted if each.grows],
        "statements": {each.page: each.many for each in counted},
    }


def _measure_start() -> tuple[float, bool]:
    """Return the median seconds from a cold process to a built app, and whether the PDF engine came along."""
    rounds, printed = [], ""
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(STARTS):
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", START], env={"VAR_DIR": folder, "PATH": ""}, capture_output=True, text=True,
                check=True,
            )  # fmt: skip
            rounds.append(time.perf_counter() - began)
            printed = done.stdout.strip()
    return median(rounds), printed == "True"


def committees() -> dict[str, object]:
    """Measure the make-up of committees and the calibration grid."""
    from bench.grid import measure_grid

    return {**measure_make_up(), **measure_grid()}


def web(*, is_quick: bool) -> dict[str, object]:
    """Measure pages and saves in real server processes, beside bare pages."""
    from bench.web import measure_web

    with tempfile.TemporaryDirectory() as folder:
        return measure_web(Path(folder), is_quick=is_quick)


def web_postgresql(*, is_quick: bool) -> dict[str, object]:
    """Measure the same pages and saves on PostgreSQL."""
    from bench.web import measure_web_on_postgresql

    with tempfile.TemporaryDirectory() as folder:
        return measure_web_on_postgresql(Path(folder), is_quick=is_quick)


def faults(*, is_quick: bool) -> dict[str, object]:
    """Break what can break, on both databases, and count what that costs; `failed` names what did not hold."""
    begin_to_load("bench.faults")
    from bench.faults import measure_faults

    with tempfile.TemporaryDirectory() as folder:
        return measure_faults(Path(folder), is_quick=is_quick)


def hosts(*, is_quick: bool) -> dict[str, object]:
    """Replace hosts and restart the database under load; let hosts vanish, and others take over their prints."""
    begin_to_load("bench.hosts")
    from bench.hosts import measure_hosts

    with tempfile.TemporaryDirectory() as folder:
        return measure_hosts(Path(folder), is_quick=is_quick)


def packets(*, is_quick: bool) -> dict[str, object]:
    """Measure printing, copies, books and their links, beside plain WeasyPrint and a warm Chromium."""
    from bench.packets import measure_packets

    with tempfile.TemporaryDirectory() as folder:
        return measure_packets(Path(folder), is_quick=is_quick)


def scale(*, is_quick: bool) -> dict[str, object]:
    """Measure what a company's size costs: import, cycle, sweep, pages; in the full run on both databases."""
    from bench.scale import measure_scale

    with tempfile.TemporaryDirectory() as folder:
        return measure_scale(Path(folder), is_quick=is_quick)


def access(*, is_quick: bool) -> dict[str, object]:
    """Hold every address against the table of rights, for every actor, and compare databases that differ in secrets."""
    from bench.access import measure_access

    with tempfile.TemporaryDirectory() as folder:
        return measure_access(Path(folder), is_quick=is_quick)


def insight(*, is_quick: bool) -> dict[str, object]:
    """Work out the published values, and in the full run the page of a cycle of thousands of cases."""
    from bench.insight import measure_insight

    with tempfile.TemporaryDirectory() as folder:
        return measure_insight(Path(folder), is_quick=is_quick)


BENCHES: dict[str, Callable[..., dict[str, object]]] = {
    "engine": engine,
    "committees": committees,
    "packets": packets,
    "web": web,
    "web-postgresql": web_postgresql,
    "faults": faults,
    "hosts": hosts,
    "scale": scale,
    "access": access,
    "insight": insight,
}
HAVE_A_QUICK_RUN = frozenset({"packets", "web", "web-postgresql", "faults", "hosts", "scale", "access", "insight"})


def main() -> None:
    """Run one bench, or all of them, and print what it measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=[*BENCHES, "all"])
    parser.add_argument("--quick", action="store_true", help="within 50 seconds")
    parser.add_argument("--json", action="store_true", help="one flat JSON object")
    given = parser.parse_args()
    names = list(BENCHES) if given.name == "all" else [given.name]
    for name in names:
        figures = BENCHES[name](is_quick=given.quick) if name in HAVE_A_QUICK_RUN else BENCHES[name]()
        if given.json:
            print(json.dumps(figures))
        else:
            for key, value in figures.items():
                print(f"{key:<30}{value}")
        if figures.get("failed"):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
