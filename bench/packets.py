"""What a packet costs: printed, in four processes, copied for a reader, handed out again, beside its peers."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter

import pikepdf

from bench.books import measure_books
from bench.peers import find_peers, open_peers, print_plain, write_page
from review.adapters.packet_copies import CopyLine, make_copy, read_copy
from review.adapters.pdf import print_packet
from review.adapters.pdf_text import read_pages
from review.adapters.render_pool import RenderPool
from review.domain.canonical_json import canonical_json
from review.domain.packet_json import write_packet
from review.domain.packet_view import View, view_of
from review.domain.phase import Phase

PAGE = os.sysconf("SC_PAGE_SIZE")
LINE = CopyLine(7, "Mika Saar", datetime(2026, 11, 18, 9, 32, tzinfo=UTC), "Europe/Berlin")
PEERS = ("chromium", "typst", "reportlab")
TOLD = ("merge_vs_render", "book_kb_per_packet", "book_packets", "book_pages", "book_mb", "book_different_packets")
COSTLY = ("tuned", "naive")
OFTEN = 5
"""How often in a run what costs little is measured."""
NUMBERED = re.compile(r"([EF]\d+)p\. ?(\d+)")
"""A link to evidence or feedback as it stands on paper, with the page where that is."""


def measure_packets(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Return the figures of packets; times are medians in milliseconds, ratios come from the same rounds.

    Args:
        folder: for prints and copies while it is measured.
        is_quick: a few rounds, memory from packet 2 to 6, a book of 3. Else memory from packet 100 to 300, a book of
            500. Pools and memory are measured with a packet of few pages, and in a quick run all else as well.
    """
    runs, batch, packets = (2, 4, (2, 6)) if is_quick else (9, 24, (100, 300))
    with RenderPool(1) as pool:
        figures: dict[str, object] = {"runs": runs, **_measure_prints(folder, sample(is_short=is_quick), runs, pool)}
        figures |= _measure_pools(sample(is_short=True), batch, 1 if is_quick else 3, pool)
        figures |= {"rss_growth_mb": measure_growth(*packets, pool), "rss_packets": list(packets)}
        figures |= {"rss_mb": round(pool.run(read_rss) / 2**20)}
    return {**figures, **_measure_books(figures, 3 if is_quick else 500), "peers": find_peers()}


def sample(*, is_short: bool = False) -> bytes:
    """Return the committee's view of a packet that the tests print as well: a dozen pages, or five."""
    from tests.packet.samples import entry, whole

    return write_packet(view_of(entry() if is_short else whole(), View.COMMITTEE, Phase.REVEALED))


def _measure_prints(folder: Path, content: bytes, runs: int, ours: RenderPool) -> dict[str, object]:
    """Print, copy and hand out the same packet in turn: ours, plain WeasyPrint, and the peers that are here."""
    plain = write_page(content, is_plain=True)
    with RenderPool(1) as theirs, open_peers(content) as peers:
        began = perf_counter()
        printed = ours.run(print_packet, content, view=View.COMMITTEE)
        cold = (perf_counter() - began) * 1000
        (folder / "print.pdf").write_bytes(printed.pdf)
        copy = _copy(folder, printed.pdf)
        steps: dict[str, Callable[[], object]] = {
            "tuned": lambda: ours.run(print_packet, content, view=View.COMMITTEE),
            "naive": lambda: theirs.run(print_plain, plain),
            "copy": lambda: _copy(folder, printed.pdf),
            "cached": lambda: read_copy(folder, "copy.pdf", copy),
            **peers,
        }
        taken = _take_turns(steps, runs)
        sizes = {f"{name}_kb": round(len(step()) / 1000, 1) for name, step in peers.items()}
    checked, wrong = _follow((folder / "print.pdf").read_bytes(), (folder / "copy.pdf").read_bytes())
    return {
        "tuned_vs_naive": round(taken["tuned"] / taken["naive"], 2),
        **{f"copy_vs_{name}": round(taken["copy"] / taken[name], 3) if name in taken else None for name in PEERS},
        **{f"{name}_ms": round(each, 2) for name, each in taken.items()},
        "cold_ms": round(cold, 1),
        "packet_kb": round(len(printed.pdf) / 1000, 1),
        "packet_pages": printed.pages,
        **sizes,
        "links_checked": checked,
        "links_wrong": wrong,
    }


def _take_turns(steps: dict[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Return the median milliseconds of each step; all take their turn in each run, and the first only warms up."""
    times: dict[str, list[float]] = {}
    for number in range(runs + 1):
        for name, step in steps.items():
            for _ in range(OFTEN if number and name not in COSTLY else 1):
                began = perf_counter()
                step()
                if number:
                    times.setdefault(name, []).append((perf_counter() - began) * 1000)
    return {name: median(each) for name, each in times.items()}


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


def measure_growth(first: int, last: int, pool: RenderPool) -> float:
    """Return by how many MB the process of a pool has grown from one packet to a later one; no two are the same."""
    content, sizes = json.loads(sample(is_short=True)), []
    for number in range(1, last + 1):
        content["candidate"]["name"] = f"Candidate {number}"
        pool.run(print_packet, canonical_json(content), view=View.COMMITTEE)
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
    """Add what a book of packets costs, and the links of the book to those of the packet."""
    book = measure_books(packets)
    links = {key: int(str(figures[key])) + int(str(book[key])) for key in ("links_checked", "links_wrong")}
    told = {name if name in TOLD else f"book_{name}": each for name, each in book.items() if name not in links}
    return told | links
