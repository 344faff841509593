"""What a book of packets costs beside printing them: time, memory, bytes, and whether every link leads where it should.

Every packet in the book was really printed, and no two have the same words in the same place.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.book_links import follow_book

WORKER = "import sys; from bench.books import measure_here; measure_here(int(sys.argv[1]))"
MEMORY_MB = 1536
"""What a render process may use; the book is put together under this limit."""
WARM = 2
"""How many packets are printed before one is timed, and how many are timed."""
LONG = 8
"""From how many words on a text is one of a person's, and begins elsewhere in each packet."""


def measure_books(packets: int) -> dict[str, object]:
    """Return the figures of one book, measured in a process of its own.

    `merge_vs_render`: seconds to merge a packet / seconds to print one, in the same process, both warm; cover and
    contents are printed beside it (`front_ms`), once for the whole book.
    """
    done = subprocess.run([sys.executable, "-c", WORKER, str(packets)], capture_output=True, text=True, check=True)
    figures: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure_here(packets: int) -> None:
    """Print the figures as JSON; see measure_books()."""
    from review.adapters.book import list_chapters, make_front
    from review.adapters.book_merge import merge_packets

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = _print_all(folder, packets)
        rendering = _time_print()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MB * 2**20, MEMORY_MB * 2**20))
        before, began = _peak("VmHWM"), perf_counter()
        front = make_front({**COVER, "folder": name, "packets": listed})
        printed = perf_counter()
        book, pages = merge_packets(front, list_chapters(folder, listed))
        (folder / "book.pdf").write_bytes(book)
        seconds = perf_counter() - printed
        peak, space = _peak("VmHWM"), _peak("VmPeak")
        found = follow_book(folder / "book.pdf", listed)
    figures = {
        "book_packets": packets,
        "book_different_packets": len({each["digest"] for each in listed}),
        "book_pages": pages,
        "merge_vs_render": round(seconds / packets / rendering, 3),
        "render_ms_a_packet": round(rendering * 1000),
        "merge_ms_a_packet": round(seconds / packets * 1000),
        "front_ms": round((printed - began) * 1000),
        "book_kb_per_packet": round(len(book) / packets / 1000, 1),
        "packet_kb_alone": round(sum(each["size"] for each in listed) / packets / 1000, 1),
        **found,
        "seconds": round(seconds + printed - began, 1),
        "book_mb": round(len(book) / 1e6, 1),
        "rss_mb": peak,
        "rss_before_merge_mb": before,
        "address_space_mb": space,
    }
    print(json.dumps(figures))


COVER = {
    "committee": "Committee",
    "cycle": "Cycle",
    "company": "Company",
    "reader": "Reader",
    "number": 1,
    "made_at": "2026-11-16T09:30:00+00:00",
    "zone": "Europe/Tallinn",
}


def _peak(name: str) -> int:
    """Return the greatest size of this process so far, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{name}:"))


def _content(number: int) -> bytes:
    """Return a packet of which each long text begins with another word than in all others."""
    from review.domain.canonical_json import canonical_json
    from review.domain.packet_json import write_packet
    from review.domain.packet_view import View, view_of
    from review.domain.phase import Phase
    from tests.packet.samples import whole

    content = json.loads(write_packet(view_of(whole(), View.COMMITTEE, Phase.REVEALED)))
    content["candidate"]["name"] = f"Candidate {number + 1}"
    return canonical_json(_turn(content, number))


def _turn(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {key: _turn(each, number) for key, each in value.items()}
    if isinstance(value, list):
        return [_turn(each, number) for each in value]
    words = value.split(" ") if isinstance(value, str) else []
    if len(words) < LONG:
        return value
    at = number % len(words)
    return " ".join([*words[at:], *words[:at]])


def _print_all(folder: Path, count: int) -> list[dict[str, Any]]:
    """Print different packets on all cores and return how they are listed in a book."""
    from review.adapters.packet_files import print_to_file
    from review.adapters.render_pool import RenderPool

    cores = min(os.cpu_count() or 1, count)

    def print_one(number: int) -> dict[str, Any]:
        asked = {"content": _content(number).decode(), "view": "committee", "folder": str(folder)}
        done = pool.run(print_to_file, {**asked, "path": f"{number}.pdf"})
        return {**done, **_name(number)}

    with RenderPool(cores) as pool, ThreadPoolExecutor(cores) as threads:
        return list(threads.map(print_one, range(count)))


def _name(number: int) -> dict[str, Any]:
    return {"candidate": f"Candidate {number + 1}", "case_code": f"PR-2026-{number + 1:03}", "levels": ["IC3", "IC4"]}


def _time_print() -> float:
    """Return the seconds that it takes to print a packet in this process once it is warm."""
    from review.adapters.pdf import print_packet

    marks = []
    for number in range(2 * WARM):
        print_packet(_content(number), view="committee")
        marks.append(perf_counter())
    return min(after - before for before, after in pairwise(marks))
