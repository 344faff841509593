"""What a book of packets costs beside printing them: time, memory, bytes, and whether every link leads where it should.

The book holds a few packets that were really printed, each many times under names and numbers of its own: what they
share (typefaces) is shared as in a book of that many different packets, and their pages are copied each time.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pikepdf

DIFFERENT = 20
WORKER = "import sys; from bench.books import measure_here; measure_here(int(sys.argv[1]))"


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
    from review.adapters.book import list_chapters, print_front, print_sample
    from review.adapters.book_merge import merge_packets

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        different, rendering = _print(folder, min(packets, DIFFERENT))
        listed = [{**different[at % len(different)], **_name(at)} for at in range(packets)]
        asked = {"folder": name, "committee": "Committee", "cycle": "Cycle", "company": "Company", "reader": "Reader"}
        began = perf_counter()
        front, sample = print_front({**asked, "made_on": "2026-11-16", "packets": listed}), print_sample()
        printed = perf_counter()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pages = merge_packets(front.pdf, sample.pdf, list_chapters(folder, listed), folder / "book.pdf")
        seconds = perf_counter() - printed
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = (folder / "book.pdf").stat().st_size
        checked, wrong = follow_links(folder / "book.pdf", listed)
    figures = {
        "book_packets": packets,
        "book_different_packets": len(different),
        "book_pages": pages,
        "merge_vs_render": round(seconds / packets / rendering, 3),
        "render_ms_a_packet": round(rendering * 1000),
        "merge_ms_a_packet": round(seconds / packets * 1000),
        "front_ms": round((printed - began) * 1000),
        "book_kb_per_packet": round(size / packets / 1000, 1),
        "packet_kb_alone": round(sum(each["size"] for each in different) / len(different) / 1000, 1),
        "links_checked": checked,
        "links_wrong": wrong,
        "seconds": round(seconds, 1),
        "rss_mb": round(peak / 1024),
        "rss_before_merge_mb": round(before / 1024),
    }
    print(json.dumps(figures))


def follow_links(path: Path, listed: list[dict[str, Any]]) -> tuple[int, int]:
    """Follow every link within a book; return how many there are, and how many lead out of their packet or nowhere.

    A link of the contents must lead to the first page of its packet, in their order.
    """
    with pikepdf.open(path) as book:
        front = len(book.pages) - sum(each["pages"] for each in listed)
        owners = [-1] * front + [number for number, each in enumerate(listed) for _ in range(each["pages"])]
        firsts = [owners.index(number) for number in range(len(listed))] if len(listed) < 2000 else []
        places: dict[Any, int] = {page.objgen: number for number, page in enumerate(book.pages)}
        checked = wrong = seen = 0
        for number, page in enumerate(book.pages):
            for link in page.obj.get("/Annots", []):
                if "/Dest" not in link:
                    wrong += "/A" not in link
                    continue
                target = places.get(link.Dest[0].objgen, -1)
                is_right = owners[target] == owners[number] if number >= front else target == firsts[seen // 2]
                seen += number < front
                checked, wrong = checked + 1, wrong + (target < 0 or not is_right)
    return checked, wrong


def _name(number: int) -> dict[str, Any]:
    return {"candidate": f"Candidate {number + 1}", "case_code": f"PR-2026-{number + 1:03}", "levels": ["IC3", "IC4"]}


def _print(folder: Path, count: int) -> tuple[list[dict[str, Any]], float]:
    """Print different packets, and return them with the seconds that one takes once the process is warm."""
    from review.adapters.pdf import print_packet
    from review.domain.packet_json import write_packet
    from review.domain.packet_view import View, view_of
    from review.domain.phase import Phase
    from tests.packet.samples import whole

    found, spent = [], []
    for number in range(count + 1):
        packet = replace(whole(), candidate=replace(whole().candidate, name=f"Candidate {number}"))
        content = write_packet(view_of(packet, View.COMMITTEE, Phase.REVEALED))
        began = perf_counter()
        printed = print_packet(content, view=View.COMMITTEE)
        spent.append(perf_counter() - began)
        (folder / f"{number}.pdf").write_bytes(printed.pdf)
        digest = hashlib.sha256(printed.pdf).hexdigest()
        found.append({"path": f"{number}.pdf", "digest": digest, "pages": printed.pages, "size": len(printed.pdf)})
    return found[1:], sum(spent[1:]) / count  # the first one pays for starting the engine
