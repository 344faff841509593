"""The story kept at each of its stages: a database that can be brought back, and the addresses there are in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import run_inline
from review.config import Settings
from review.extensions import make_engine
from review.models import Case, PacketFile
from tests.access import story as first
from tests.access import story_end as second
from tests.access.cast import Track
from tests.access.story import Story
from tests.outsider import read_mails

STAGES: dict[str, tuple[str, Callable[[Story], None]]] = {
    "draft": ("draft", first.draft),
    "collecting": ("collecting", first.collecting),
    "built": ("collecting", first.built),
    "sealed": ("sealed", second.sealed),
    "voting": ("voting", second.voting),
    "revealed": ("revealed", second.revealed),
    "decided": ("decided", second.decided),
    "appealed": ("announced", second.appealed),
    "growing": ("announced", second.growing),
    "closed": ("closed", second.closed),
}
"""Each stage with its phase: one world is too few where the phase has two faces."""
NIGHT = timedelta(hours=22)


@dataclass
class Kept:
    """A stage as it was left: all rows, the moment, and the mails that went out since the stage before."""

    stage: str
    phase: str
    now: datetime
    content: bytes
    words: frozenset[str]
    mails: list[EmailMessage] = field(default_factory=list)


def tell(
    session: Session, settings: Settings, track: Track, now: datetime, *, prints: bool
) -> tuple[Story, dict[str, Kept]]:
    """Tell the whole story and keep every stage; each takes a day, mails go out in the night after it."""
    engine = make_engine(settings)
    story = first.begin(session, engine, settings, track, now)
    kept, seen = {}, 0
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    for stage, (phase, go_on) in STAGES.items():
        go_on(story)
        session.commit()
        if stage == "sealed":
            _print(session, story, prints=prints)
        mails = read_mails(engine, settings, story.now + NIGHT)
        session.expire_all()
        assert session.get_one(Case, story.case_id).phase == phase, stage
        kept[stage] = Kept(stage, phase, story.now + NIGHT, take(path), frozenset(story.plot.planted), mails[seen:])
        seen = len(mails)
        story.now += timedelta(days=1)
    engine.dispose()
    return story, kept


def _print(session: Session, story: Story, *, prints: bool) -> None:
    """Print the packet, or say that it was printed: the committee waits for it."""
    if prints:
        run_inline(session, now=story.now)
        return
    said = {"state": "ready", "path": "packet.pdf", "digest": "0" * 64, "size_bytes": 1, "page_count": 1}
    session.execute(sa.update(PacketFile).values(said))
    session.commit()


def take(path: Path) -> bytes:
    """Return all rows of a database file."""
    here, memory = sqlite3.connect(path), sqlite3.connect(":memory:")
    here.backup(memory)
    pages = memory.serialize()
    here.close()
    memory.close()
    return pages[:18] + bytes((1, 1)) + pages[20:]


def bring(path: Path, content: bytes) -> None:
    """Put rows in the place of those that are there; connections see it as they see any commit."""
    here, memory = sqlite3.connect(path), sqlite3.connect(":memory:")
    memory.deserialize(content)
    memory.backup(here)
    here.close()
    memory.close()
