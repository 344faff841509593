"""Where a rehearsal is: a folder with a database, keys, files and mails of its own, and the moment it is there."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from review.adapters.packet_files import write_whole
from review.config import JobsMode, LogForm, Settings
from review.config_sign_in import SignInSettings
from review.domain.canonical_json import canonical_json, digest
from review.domain.values import dataclass
from review.extensions import make_engine
from review.models import Base

FOLDER = "rehearsals"
DATABASE, CLOCK, TABLES = "rehearsal.db", "clock", "tables"
PHASES, DRAFT, PROGRESS = "phases.json", "draft.json", "progress"
Phases = dict[str, list[tuple[str, str]]]
FOR_EVER = timedelta(days=3650)
"""How long one stays signed in there: its clock leaps, and who may be there at all is asked outside."""


@dataclass(frozen=True)
class Place:
    """The folder of one rehearsal."""

    folder: Path

    @property
    def is_there(self) -> bool:
        """Tell whether the rehearsal was built on this machine, is whole, and has the tables of this version."""
        built = self.folder / TABLES
        return built.is_file() and built.read_text(encoding="ascii") == digest_tables()

    @property
    def built_at(self) -> float:
        """Return when it was built, to tell one from another of the same number."""
        return (self.folder / TABLES).stat().st_mtime

    def note_built(self) -> None:
        """Keep that the rehearsal is whole, and with which tables."""
        write_whole(self.folder / TABLES, digest_tables().encode())

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / DATABASE

    def read_clock(self) -> datetime:
        """Return the moment it is in the rehearsal."""
        return datetime.fromisoformat((self.folder / CLOCK).read_text(encoding="utf-8"))

    def set_clock(self, now: datetime) -> None:
        """Make it another moment."""
        write_whole(self.folder / CLOCK, now.isoformat().encode())

    def tell(self, done: int, of: int) -> None:
        """Keep how far the walk is that is under way."""
        write_whole(self.folder / PROGRESS, f"{done}/{of}".encode())

    @property
    def progress(self) -> str:
        """Return how far it is, as 3/8; empty where nothing is known."""
        path = self.folder / PROGRESS
        return path.read_text(encoding="ascii") if path.is_file() else ""

    def read_phases(self) -> Phases:
        """Return, by case, the phases it has come through, each with the moment."""
        path = self.folder / PHASES
        found: Phases = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return found

    def keep_phases(self, phases: Phases) -> None:
        """Keep how the cases have gone on."""
        write_whole(self.folder / PHASES, json.dumps(phases).encode())

    def read_draft(self) -> str:
        """Return the JSON of the draft that is walked."""
        return (self.folder / DRAFT).read_text(encoding="utf-8")

    def keep_draft(self, written: str) -> None:
        """Keep the JSON of the draft that is walked."""
        write_whole(self.folder / DRAFT, written.encode())

    def throw_away(self) -> None:
        """Remove everything; nothing of it was anywhere else."""
        shutil.rmtree(self.folder, ignore_errors=True)


def find_place(var_dir: Path, rehearsal_id: int) -> Place:
    """Return the place of a rehearsal, whether it is there or not."""
    return Place(var_dir / FOLDER / str(rehearsal_id))


def find_built(var_dir: Path, rehearsal_id: int) -> Place | None:
    """Return the place of a rehearsal; None where it is not on this machine, or of other tables."""
    place = find_place(var_dir, rehearsal_id)
    return place if place.is_there else None


def sweep_places(var_dir: Path, kept: frozenset[int]) -> None:
    """Remove the folders of all rehearsals but these."""
    folders = (var_dir / FOLDER).iterdir() if (var_dir / FOLDER).is_dir() else ()
    for folder in folders:
        if folder.name.isdecimal() and int(folder.name) not in kept:
            Place(folder).throw_away()


def settings_within(place: Place, outside: Settings, root: str) -> Settings:
    """Return the settings of the app in a rehearsal: nothing of the installation's database, keys, files or mail.

    Args:
        root: the path of its pages below the host.
    """
    return Settings(
        database_url=f"sqlite:///{place.database}",
        secret_key=_kept_key(place.folder / "secret.key"),
        audit_key=_kept_key(place.folder / "audit.key"),
        var_dir=place.folder,
        files_dir=place.folder / "files",
        bind=outside.bind,
        public_url=outside.origin + root,
        company=outside.company,
        mail=f"file:{place.folder / 'mail'}",
        mail_from="rehearsal@localhost",
        jobs=JobsMode.INLINE,
        zone=outside.zone,
        log=LogForm.TEXT,
        is_demo=True,
        is_testing=outside.is_testing,
        sign_in=replace(SignInSettings(), idle=FOR_EVER, life=FOR_EVER),
    )


def settings_of(place: Place) -> Settings:
    """Return the settings for who plays in a rehearsal or reads its report, and shows no pages."""
    return settings_within(place, Settings("", "", "", place.folder, place.folder), "")


@contextmanager
def open_engine(place: Place) -> Iterator[Engine]:
    """Give an engine on the rehearsal's database."""
    engine = make_engine(settings_of(place))
    try:
        yield engine
    finally:
        engine.dispose()


def digest_tables() -> str:
    """Return a digest of all tables with their columns: a rehearsal of an earlier version of them is of no use."""
    return digest(canonical_json({table.name: sorted(table.c.keys()) for table in Base.metadata.sorted_tables}))


def _kept_key(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii")
