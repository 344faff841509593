"""What two tabs do to each other: both save the same field from the same version at once; one is told, none is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.fault_ground import Ground, installed, serving_site
from bench.fault_saves import Writer, found_writers
from review.extensions import make_engine

INTERLEAVINGS = {True: 8, False: 200}
"""How often two tabs save at once on each database; True: quick."""
SAVED, CONFLICT = frozenset({200, 303}), 409


def measure_tabs(ground: Ground, *, interleavings: int | None = None) -> dict[str, object]:
    """Save from two tabs; return how often one overwrote the other silently, or was not shown both texts."""
    settings = installed(ground.folder, ground.url)
    writers, engine, found = found_writers(settings), make_engine(settings), Counter[str]()
    with serving_site(settings), ThreadPoolExecutor(2) as pool:
        for number in range(interleavings or INTERLEAVINGS[ground.is_quick]):
            writer = writers[number % len(writers)]
            texts = [f"Tab {tab} of round {number} of {writer.kind}" for tab in "AB"]
            answers = list(pool.map(lambda words, of=writer: _save(of, words), texts))
            found.update(_judge(engine, writer, texts, answers))
    engine.dispose()
    return dict(found)


def _save(writer: Writer, words: str) -> tuple[int, str]:
    name, others = writer.names
    fields = {name: words, "version": str(writer.version), **others}
    status, answer, _ = writer.browser.press(writer.path, fields)
    return status, unescape(answer)


def _judge(engine: Engine, writer: Writer, texts: list[str], answers: list[tuple[int, str]]) -> Counter[str]:
    """Count what is wrong after two tabs have saved: one is kept and stored, the other is shown both texts."""
    kept = [words for words, (status, _) in zip(texts, answers, strict=True) if status in SAVED]
    told = [page for status, page in answers if status == CONFLICT]
    if len(kept) + len(told) != len(texts):
        raise RuntimeError(f"{writer.path} answered {[status for status, _ in answers]}")
    with Session(engine) as session:
        stored = session.scalar(sa.select(writer.stored.subquery().c[0]))
    writer.version += len(kept)
    found = Counter(interleavings=1, tabs_acknowledged=len(kept), tabs_told=len(told))
    found["overwrites"] += len(kept) - 1 if kept else 0
    found["tabs_lost"] += stored not in kept
    found["tabs_untold"] += sum(not all(_is_shown(words, page) for words in texts) for page in told)
    return found


def _is_shown(words: str, page: str) -> bool:
    """Tell whether a text stands in a page; where it differs from the other one, the page marks it word by word."""
    shown = page.replace("<ins>", "").replace("</ins>", "").replace("<del>", "").replace("</del>", "")
    return words in shown
