"""What `dualtrack doctor` finds around the work: settings, libraries, folders, the database server, the mail server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine

from review.adapters.backup_database import sqlite_path
from review.adapters.backup_keys import KINDS
from review.adapters.connections import count_connections
from review.adapters.job_slots import count_living
from review.adapters.mail import MailNotSent, ServerMailer
from review.cli.database import LOCK
from review.config import ROOT, JobsMode, Settings
from review.config_sign_in import LOOPBACK
from review.domain.values import dataclass

LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
FONTS = ROOT / "templates" / "packet" / "fonts"
LEAST_FREE_BYTES = 1024**3
LEAST_SIGNS = 8
VERIFIED = "verify-full"
OLDEST_POSTGRES = 14
DISTANT = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.glusterfs", "ceph", "lustre", "afs", "9p"}
)
MOUNTS = Path("/proc/mounts")


@dataclass(frozen=True)
class Finding:
    """Something to mend: what is wrong, and what to do about it."""

    what: str
    mend: str


def find_in_settings(settings: Settings) -> Iterator[Finding]:
    """Yield settings that are allowed but not for real use."""
    if settings.mail.startswith("file:") and not settings.is_local:
        yield Finding("Mails are written to files and reach nobody.", "Set MAIL to your mail server: smtp://host:587")
    elif settings.mail_from.endswith("@localhost") and not settings.is_local:
        yield Finding("Mails come from an address on localhost; servers refuse that.", "Set MAIL_FROM to one of yours.")
    if settings.jobs is JobsMode.INLINE:
        yield Finding(
            "There is no worker (JOBS=inline): timers fire and mails go out only when `dualtrack tick` runs.",
            "Let cron run `dualtrack tick` each minute, or leave JOBS out.",
        )
    for name, key in (("SECRET_KEY", settings.secret_key), ("AUDIT_KEY", settings.audit_key)):
        if len(set(key)) < LEAST_SIGNS:
            yield Finding(f"{name} can be guessed: it has {len(set(key))} different signs.", _new_key(name))
    if settings.is_https and not settings.proxies:
        yield Finding(
            "Every sign-in seems to come from the proxy: too many wrong passwords of one shut everybody out.",
            "Set PROXIES to the number of proxies in front, which must set X-Forwarded-For: PROXIES=1",
        )
    host = settings.bind.rpartition(":")[0].strip("[]")
    if settings.is_https and host in ("0.0.0.0", "::", ""):  # noqa: S104 - found, not bound
        yield Finding(
            f"BIND={settings.bind} lets people pass by the proxy, without TLS, wherever no firewall stands.",
            "Bind to 127.0.0.1, or to the address that only the proxy reaches.",
        )


def find_plain_database(settings: Settings) -> Iterator[Finding]:
    """Yield a database on another machine that is reached without TLS, or without looking whose certificate it is."""
    url = sa.make_url(settings.database_url)
    if url.host and not url.host.startswith("/") and url.host not in LOOPBACK and url.query.get("sslmode") != VERIFIED:
        yield Finding(
            f"What is read and written goes to {url.host} where others on the way may read or change it.",
            f"End DATABASE_URL with ?sslmode={VERIFIED}&sslrootcert=FILE, the certificate that signed the server's.",
        )


def find_open_to_others(settings: Settings) -> Iterator[Finding]:
    """Yield what everybody else on this machine can read: keys, database, files."""
    keys = {settings.signing_key, *(path for kind in KINDS for path in settings.var_dir.glob(kind))}
    for path in sorted(path for path in keys if path.is_file()):
        if path.suffix != ".crt" and path.stat().st_mode & 0o077:
            yield Finding(f"Others on this machine can read {path}.", f"chmod 600 {path}")
    folders = {settings.var_dir, settings.files_dir}
    if settings.is_sqlite:
        folders.add(sqlite_path(settings.database_url).parent)
    for folder in sorted(folder for folder in folders if folder.is_dir()):
        if not any(place.stat().st_mode & 0o007 == 0 for place in (folder, *folder.parents)):
            yield Finding(f"Others on this machine can look into {folder}.", f"chmod 700 {folder}")


def find_missing_libraries(find: Callable[[str], str | None] = find_library) -> Iterator[Finding]:
    """Yield libraries that printing packets needs; without harfbuzz-subset it takes nearly three times as long."""
    for library, package in LIBRARIES.items():
        if find(library) is None:
            yield Finding(f"The library {library} is missing; packets need it.", f"apt-get install {package}")
    if not any(FONTS.glob("*.[ot]tf")):
        yield Finding(f"There are no fonts in {FONTS}; packets need them.", "Install this version of Dualtrack anew.")


def find_in_folders(settings: Settings) -> Iterator[Finding]:
    """Yield folders that cannot be written, or are about to be full."""
    for folder in sorted({settings.var_dir, settings.files_dir}):
        if not _is_writable(folder):
            yield Finding(f"{folder} cannot be written.", "Give it to the user that runs Dualtrack.")
        elif shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
            yield Finding(f"The disk under {folder} has less than 1 GiB left.", "Make room, or move VAR_DIR.")


def find_in_server(engine: Engine, settings: Settings, *, mounts: Path = MOUNTS) -> Iterator[Finding]:
    """Yield a place or settings of the database by which words may get lost."""
    if settings.is_sqlite:
        path = sqlite_path(settings.database_url)
        if (kind := find_file_system(path, mounts)) in DISTANT:
            yield Finding(
                f"The database lies on a network file system ({kind}), where SQLite's locks do not hold.",
                "Move VAR_DIR to a disk of this machine, or use PostgreSQL.",
            )
        return
    with engine.connect() as connection:
        version = int(connection.scalar(sa.text("SHOW server_version_num"))) // 10000
        if version < OLDEST_POSTGRES:
            yield Finding(f"PostgreSQL {version} gets no more fixes.", "Upgrade it.")
        if connection.scalar(sa.text("SHOW server_encoding")) != "UTF8":
            yield Finding("The database is not in UTF-8: some names cannot be stored.", "createdb -E UTF8")
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            if connection.scalar(sa.select(sa.func.current_setting(name))) == "off":
                yield Finding(f"PostgreSQL may lose what it has acknowledged: {name} is off.", f"Set {name} = on")


def find_in_connections(engine: Engine, settings: Settings) -> Iterator[Finding]:
    """Yield that the hosts may open more connections than the database server takes."""
    if settings.is_sqlite:
        return
    one = count_connections(web_workers=settings.web_workers, render_processes=settings.render_processes)
    hosts = max(1, count_living(engine, settings.var_dir / "slots", but=LOCK))
    with engine.connect() as connection:
        allowed, kept = (
            int(connection.scalar(sa.select(sa.func.current_setting(name))) or 0)
            for name in ("max_connections", "superuser_reserved_connections")
        )
    if hosts * one > allowed - kept:
        yield Finding(
            f"{hosts} hosts like this one may open {hosts * one} connections; PostgreSQL takes {allowed - kept}.",
            "Raise max_connections there, or lower WEB_WORKERS and RENDER_PROCESSES here.",
        )


def find_file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """Return the kind of file system that a path lies on, or nothing where that cannot be told."""
    if not mounts.exists():
        return ""
    found, kind = -1, ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _device, point, this, *_rest = line.split()
        place = Path(point.replace("\\040", " "))
        if (place == path or place in path.parents) and len(place.parts) >= found:
            found, kind = len(place.parts), this
    return kind


def try_mail(settings: Settings) -> Iterator[Finding]:
    """Yield why the mail server cannot be reached or does not let us in; no mail is sent."""
    if settings.mail.startswith("file:"):
        return
    try:
        ServerMailer(settings.mail).greet()
    except MailNotSent as error:
        yield Finding(f"The mail server does not take mail from here: {error}", "Look at MAIL and at the mail server.")


def _new_key(name: str) -> str:
    made = "python3 -c 'import secrets; print(secrets.token_hex(32))'"
    if name == "AUDIT_KEY":
        return f"A new one can only be given to a new installation; make it with: {made}"
    return f"{made}; everybody signs in again"


def _is_writable(folder: Path) -> bool:
    try:
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
