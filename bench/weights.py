"""What an answer weighs beside its time: bytes on the way, memory while it is written, what more cases add to it."""

from __future__ import annotations

import gzip
from itertools import repeat
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import psutil

from bench.at_rest import MEGABYTE
from bench.compare import Pair, Taken, measure, warm_up
from bench.servers import Call, Server
from bench.web_company import EMAIL, PASSWORD, Company, list_pages

SENT = ("cases_1000", "cases_50", "case")
"""Pages whose bytes are counted, packed as a proxy packs them."""
PACKED = 6
"""How hard they are packed, of 9: what gzip does unless told otherwise."""
PAGED = ("cases_50", "search", "committees", "board")
"""Lists that show fifty rows however many there are."""
EXPORTS = 12
"""How often the export is asked for, by turns of all processes, while their memory is looked at."""
FORGET_PEAK = "5"
"""What makes the kernel count the highest memory of a process anew."""
KIBIBYTE = 1024


def measure_bytes(company: Company, port: int) -> dict[str, object]:
    """Return the kilobytes of pages as they go over the wire."""
    pages = list_pages(company)
    sent = {name: Call(port, pages[name][1], headers=company.headers[pages[name][0]]).send()[1] for name in SENT}
    return {
        f"{name}_gzip_kb": round(len(gzip.compress(text.encode(), PACKED)) / 1000, 1) for name, text in sent.items()
    }


def measure_export(company: Company, server: Server) -> dict[str, object]:
    """Return the megabytes that a process takes at most while it writes the export, above what it took at rest.

    At rest is a process that has answered pages, and no export yet.
    """
    pages = list_pages(company)
    calls = {name: Call(server.port, pages[name][1], headers=company.headers[pages[name][0]]) for name in pages}
    for name in PAGED:
        warm_up(server, repeat(calls[name]))
    workers = server.list_workers()
    rest = {worker: psutil.Process(worker).memory_info().rss for worker in workers}
    for worker in workers:
        Path(f"/proc/{worker}/clear_refs").write_text(FORGET_PEAK)
    for _ in range(EXPORTS):
        calls["export"].time()
    return {"export_memory_mb": round(max(_find_peak(worker) - rest[worker] for worker in workers) / MEGABYTE, 1)}


def _find_peak(worker: int) -> int:
    """Return the most bytes that a process has held since its peak was forgotten."""
    lines = Path(f"/proc/{worker}/status").read_text().splitlines()
    return next(int(line.split()[1]) * KIBIBYTE for line in lines if line.startswith("VmHWM:"))


def measure_growth(company: Company, server: Server, rounds: int) -> dict[str, object]:
    """Ask for paged lists of a thousand cases and of ten thousand by turns; return the ratios of their median times."""
    if company.grown_id is None:
        return {}
    few = list_pages(company)
    many = list_pages(company, of=company.grown_id)
    figures: dict[str, object] = {}
    for name in PAGED:
        pair = [Call(server.port, pages[name][1], headers=company.headers[few[name][0]]) for pages in (few, many)]
        for call in pair:
            warm_up(server, repeat(call))
        taken = [[measure(server, call) for call in pair] for _ in range(rounds)]
        less, more = (
            Taken(median(each.wall for each in one), median(each.cpu for each in one))
            for one in zip(*taken, strict=True)
        )
        figures |= {
            f"{name}_10000_ms": round(more.wall, 1),
            f"{name}_growth": round(more.wall / less.wall, 2),
            f"{name}_10000_cpu_ms": round(more.cpu, 2),
            f"{name}_cpu_growth": round(more.cpu / less.cpu, 2),
        }
    return figures


def measure_hash(company: Company, pair: Pair, rounds: int) -> float:
    """Return the milliseconds of a processor that checking a password alone takes, in a process that serves.

    It is asked for by turns with the product's sign-in: both find a processor that has done something else meanwhile.
    """
    body = urlencode({"email": EMAIL, "password": PASSWORD})
    alone = Call(pair.bare.port, "/hash", body, company.headers["manager"])
    whole = Call(pair.own.port, "/sign-in", body, company.headers["stranger"])
    warm_up(pair.bare, repeat(alone))
    taken = []
    for _ in range(rounds):
        whole.time()
        taken.append(float(alone.send()[1]))
    return median(taken)
