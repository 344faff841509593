"""What a packet costs: printed, in four processes, copied for a reader, handed out again, beside its peers."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter

import pikepdf

from bench.peers import name_peers, open_chromium, print_plain, write_page
from review.adapters.packet_copies import CopyLine, make_copy, read_copy
from review.adapters.pdf import print_packet
from review.adapters.pdf_text import read_pages
from review.adapters.render_pool import RenderPool
from review.domain.packet_json import write_packet
from review.domain.packet_view import View, view_of
from review.domain.phase import Phase

PAGE = os.sysconf("SC_PAGE_SIZE")
LINE = CopyLine(7, "Mika Saar", datetime(2026, 11, 18, 9, 32, tzinfo=UTC), "Europe/Berlin")
CHEAP = ("copy_ms", "cached_ms", "chromium_ms")
OFTEN = 5
"""How often in a round what costs little is measured."""
NUMBERED = re.compile(r"([EF]\d+)p\. ?(\d+)")
"""A link to evidence or feedback as it stands on paper, with the page where that is."""


def measure_packets(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Return the figures of packets; times are medians in milliseconds, ratios come from the same rounds.

    Args:
        folder: for prints and copies while it is measured.
        is_quick: a few rounds; pools and memory (from packet 2 to 6) with a packet of 8 pages. Else memory from
            packet 100 to 300.
    """
    content, small = sample(), sample(is_short=is_quick)
    rounds, batch, packets = (2, 4, (2, 6)) if is_quick else (15, 24, (100, 300))
    figures: dict[str, object] = {"rounds": rounds}
    with RenderPool(1) as pool:
        figures |= _measure_prints(folder, content, rounds, pool)
        figures |= _measure_pools(small, batch, 1 if is_quick else 3, pool)
        figures |= {"rss_growth_mb": measure_growth(small, *packets, pool), "rss_packets": list(packets)}
    return {**figures, **_measure_books(figures, 3 if is_quick else 500), "peers": name_peers()}


def sample(*, is_short: bool = False) -> bytes:
    """Return the committee's view of a packet that the tests print as well: 13 pages, or 8."""
    from tests.packet.samples import entry, whole

    return write_packet(view_of(entry() if is_short else whole(), View.COMMITTEE, Phase.REVEALED))


def _measure_prints(folder: Path, content: bytes, rounds: int, ours: RenderPool) -> dict[str, object]:
    """Print, copy and hand out the same packet in turn: ours, plain WeasyPrint, a warm Chromium."""
    times: dict[str, list[float]] = {}
    plain = write_page(content, is_plain=True)
    with RenderPool(1) as theirs, open_chromium(write_page(content)) as chromium:
        began = perf_counter()
        pdf = ours.run(print_packet, content, view=View.COMMITTEE).pdf
        cold = (perf_counter() - began) * 1000
        (folder / "print.pdf").write_bytes(pdf)
        copy = _copy(folder, pdf)
        steps: dict[str, Callable[[], object]] = {
            "tuned_ms": lambda: ours.run(print_packet, content, view=View.COMMITTEE),
            "naive_ms": lambda: theirs.run(print_plain, plain),
            "copy_ms": lambda: _copy(folder, pdf),
            "cached_ms": lambda: read_copy(folder, "copy.pdf", copy),
        }
        if chromium is not None:
            steps["chromium_ms"] = chromium
        for number in range(rounds + 1):
            for name, step in steps.items():
                for _ in range(OFTEN if number and name in CHEAP else 1):
                    began = perf_counter()
                    step()
                    if number:  # the first round only warms up
                        times.setdefault(name, []).append((perf_counter() - began) * 1000)
    checked, wrong = _follow((folder / "print.pdf").read_bytes(), (folder / "copy.pdf").read_bytes())
    found = {name: median(each) for name, each in times.items()}
    return {
        "tuned_vs_naive": round(found["tuned_ms"] / found["naive_ms"], 2),
        "copy_vs_chromium": round(found["copy_ms"] / found["chromium_ms"], 3) if "chromium_ms" in found else None,
        **{name: round(each, 2) for name, each in found.items()},
        "cold_ms": round(cold, 1),
        "packet_kb": round(len(pdf) / 1000, 1),
        "links_checked": checked,
        "links_wrong": wrong,
    }


def _copy(folder: Path, pdf: bytes) -> str:
    return make_copy(folder, "copy.pdf", "print.pdf", hashlib.sha256(pdf).hexdigest(), LINE)


def _measure_pools(content: bytes, batch: int, rounds: int, one: RenderPool) -> dict[str, object]:
    """Print a batch with one process and with four, in turn; both warm."""
    times: dict[int, list[float]] = {1: [], 4: []}
    with RenderPool(4) as four:
        for number in range(rounds + 1):
            for count, pool in ((1, one), (4, four)):
                taken = _print_batch(pool, content, batch if number else count, count)
                if number:
                    times[count].append(taken)
    seconds = {count: median(each) for count, each in times.items()}
    return {
        "pool4_vs_pool1": round(seconds[1] / seconds[4], 2),
        "pool4_packets_s": round(batch / seconds[4], 2),
        "cores": os.cpu_count(),
    }


def _print_batch(pool: RenderPool, content: bytes, packets: int, at_once: int) -> float:
    began = perf_counter()
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(lambda _: pool.run(print_packet, content, view=View.COMMITTEE), range(packets)))
    return perf_counter() - began


def measure_growth(content: bytes, first: int, last: int, pool: RenderPool) -> float:
    """Return by how many MB the process of a pool has grown from one packet to a later one."""
    sizes = []
    for number in range(1, last + 1):
        pool.run(print_packet, content, view=View.COMMITTEE)
        if number in (first, last):
            sizes.append(pool.run(read_rss))
    return round((sizes[1] - sizes[0]) / 2**20, 1)


def read_rss() -> int:
    """Return how many bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def _follow(*files: bytes) -> tuple[int, int]:
    """Follow the links of PDFs, bookmarks included; return how many there are and how many lead astray.

    A link must lead to a place in the file; a number beside an anchor must be the page on which the anchor stands.
    """
    checked = wrong = 0
    for pdf in files:
        with pikepdf.open(BytesIO(pdf)) as file:
            pages: dict[object, int] = {page.objgen: number for number, page in enumerate(file.pages, 1)}
            places = {name: pages.get(place[0].objgen) for name, place in _places(file).items()}
            stands = {(name.partition("-")[0], page) for name, page in places.items()}
            found = [places.get(str(link.Dest)) for page in file.pages for link in _links(page)]
            numbers = [pair for page in read_pages(file) for pair in NUMBERED.findall(page)]
        checked += len(found) + len(numbers)
        wrong += found.count(None) + sum((anchor, int(page)) not in stands for anchor, page in numbers)
    return checked, wrong


def _links(page: pikepdf.Page) -> list[pikepdf.Object]:
    return [each for each in page.obj.get("/Annots", []) if "/Dest" in each]


def _places(file: pikepdf.Pdf) -> dict[str, pikepdf.Object]:
    return {str(name): place for name, place in pikepdf.NameTree(file.Root.Names.Dests).items()}


def _measure_books(figures: dict[str, object], packets: int) -> dict[str, object]:
    """Add what a book of packets costs, where books are there, and the links of the book to those of the packet."""
    if find_spec("bench.books") is None:
        return {"merge_vs_render": None, "book_kb_per_packet": None}
    from bench.books import measure_books

    book = measure_books(packets)
    links = {key: int(str(figures[key])) + int(str(book[key])) for key in ("links_checked", "links_wrong")}
    return {**{key: book[key] for key in ("merge_vs_render", "book_kb_per_packet", "book_packets")}, **links}
