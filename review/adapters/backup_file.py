"""The file of a backup: a tar with database, files, a manifest that names every byte of them, and a seal at its end."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, field
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from review.domain.values import dataclass

FORMAT = 1
DATABASE = "database"
FILES = "files/"
MANIFEST = "manifest.json"
SEAL = "seal.json"
PIECE = 1024 * 1024
Tell = Callable[[str, int, int], None]
"""Hears how far a step is: its name, how much is done, and of how much."""


class BackupFault(Exception):
    """A backup that cannot be made, read or restored; the sentence says what is wrong and what to do."""


@dataclass(frozen=True)
class Table:
    """How many rows a table has, and a digest of all of them in whatever order."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Trail:
    """The end of the audit trail, and the first event that does not hold, if any."""

    seq: int
    mac: str
    broken_at: int | None


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    id: str
    made_at: datetime
    database: str  # sqlite or postgresql
    server: str
    program: str
    revision: str
    trail: Trail
    keys: dict[str, str]  # name of each key: its mark, see mark_key
    tables: dict[str, Table]
    files: dict[str, str] = field(default_factory=dict)  # name in the tar: SHA-256, hex
    missing: list[str] = field(default_factory=list)  # what the database names and the files folder did not have


def mark_key(key: bytes, backup_id: str) -> str:
    """Return what tells a key from another without telling the key."""
    return hmac.new(key, f"dualtrack-backup:{backup_id}".encode(), hashlib.sha256).hexdigest()


def write_backup(target: Path, manifest: Manifest, database: Path, folder: Path, *, key: bytes, tell: Tell) -> Manifest:
    """Write the file whole and lasting, and return the manifest that is in it.

    Args:
        folder: the files to take along. One that goes away meanwhile is left out.
        key: seals the end, so that a backup that somebody else has made is found out.
    """
    draft = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            written = _write(file, manifest, [(DATABASE, database), *_list_files(folder)], key, tell)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(target.parent)
    return written


def sync_folder(folder: Path) -> None:
    """Make what was renamed in a folder last."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class _Digesting:
    """A file that is written and digested at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self.file.write(data)

    def tell(self) -> int:
        return self.file.tell()


class _DigestedReader:
    """A file that is read and digested at once, and never gives more than it said it has."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


def _write(file: IO[bytes], manifest: Manifest, sources: list[tuple[str, Path]], key: bytes, tell: Tell) -> Manifest:
    out = _Digesting(file)
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
        for number, (name, path) in enumerate(sources):
            tell("Writing the backup", number, len(sources))
            try:
                manifest.files[name] = _add_file(tar, name, path)
            except FileNotFoundError:
                continue
        manifest.missing[:] = [name for name in manifest.missing if f"{FILES}{name}" not in manifest.files]
        _add_bytes(tar, MANIFEST, _dump(manifest))
        _add_bytes(tar, SEAL, _seal(out.digest.digest(), key))
    return manifest


def _list_files(folder: Path) -> list[tuple[str, Path]]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [(f"{FILES}{path.relative_to(folder).as_posix()}", path) for path in found]


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> str:
    with path.open("rb") as source:
        info = _info(name, os.fstat(source.fileno()).st_size)
        reader = _DigestedReader(source)
        tar.addfile(info, reader)  # type: ignore[arg-type]
    return reader.digest.hexdigest()


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    tar.addfile(_info(name, len(data)), BytesIO(data))


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _dump(manifest: Manifest) -> bytes:
    data = {"format": FORMAT, **asdict(manifest), "made_at": manifest.made_at.isoformat()}
    return json.dumps(data, sort_keys=True, indent=1).encode()


def _seal(digest: bytes, key: bytes) -> bytes:
    seal = {"sha256": digest.hex(), "hmac": hmac.new(key, digest, hashlib.sha256).hexdigest()}
    return json.dumps(seal, sort_keys=True).encode()


@dataclass(frozen=True)
class OpenBackup:
    """A backup whose every byte is as it was written."""

    tar: tarfile.TarFile
    manifest: Manifest
    digest: bytes
    seal: str

    def is_sealed_by(self, key: bytes) -> bool:
        """Say whether the backup was made with this audit key."""
        return hmac.compare_digest(self.seal, hmac.new(key, self.digest, hashlib.sha256).hexdigest())

    def extract(self, name: str, target: Path) -> None:
        """Write one of the files to a place of its own; BackupFault when it is not what the manifest says."""
        source = self.tar.extractfile(name)
        if source is None:
            raise BackupFault(f"The backup has no {name}.")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with source, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while data := source.read(PIECE):
                digest.update(data)
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != self.manifest.files[name]:
            raise BackupFault(f"{name} in the backup is not what its manifest says.")

    def kept_files(self) -> list[str]:
        """Return the names of what belongs into the files folder."""
        return [name for name in self.manifest.files if name.startswith(FILES)]


@contextmanager
def open_backup(path: Path, *, tell: Tell) -> Iterator[OpenBackup]:
    """Check a backup from its first byte to its last and open it; BackupFault with what is wrong."""
    with ExitStack() as opened:
        try:
            file = opened.enter_context(path.open("rb"))
            tar = opened.enter_context(tarfile.open(fileobj=file, mode="r:"))
            backup = _check(path, file, tar, tell)
        except FileNotFoundError as error:
            raise BackupFault(f"There is no file {path}.") from error
        except (tarfile.TarError, EOFError, UnicodeError) as error:
            raise BackupFault(f"{path} is no backup, or it was cut or damaged: {error}") from error
        yield backup


def _check(path: Path, file: IO[bytes], tar: tarfile.TarFile, tell: Tell) -> OpenBackup:
    members = {member.name: member for member in tar.getmembers()}
    last = tar.getmembers()[-1] if members else None
    if last is None or last.name != SEAL or MANIFEST not in members:
        raise BackupFault(f"{path} is no backup, or its end was cut off.")
    seal = _read(tar, SEAL)
    digest = _digest_until(file, last.offset, tell)
    if seal.get("sha256") != digest.hex() or not _ends_like(file, last, tar):
        raise BackupFault(f"{path} was changed or damaged since it was written. Take another backup.")
    manifest = _load(_read(tar, MANIFEST))
    named = {DATABASE, *manifest.files}
    if named != members.keys() - {MANIFEST, SEAL} or not all(_is_plain(members[name]) for name in named):
        raise BackupFault(f"{path} does not hold exactly what its manifest names.")
    return OpenBackup(tar, manifest, digest, str(seal.get("hmac", "")))


def _read(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    source = tar.extractfile(name)
    try:
        data = json.loads(source.read()) if source is not None else None
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise BackupFault(f"The backup was changed or damaged: its {name} cannot be read. Take another one.")
    return data


def _digest_until(file: IO[bytes], end: int, tell: Tell) -> bytes:
    digest, done = hashlib.sha256(), 0
    file.seek(0)
    while data := file.read(min(PIECE, end - done)):
        digest.update(data)
        done += len(data)
        tell("Checking the backup", done, end)
    return digest.digest()


def _ends_like(file: IO[bytes], last: tarfile.TarInfo, tar: tarfile.TarFile) -> bool:
    """Say whether the end of the file, which no digest covers, is byte for byte as it is written."""
    source = tar.extractfile(last)
    data = source.read() if source is not None else b""
    end = BytesIO()
    end.write(_info(SEAL, len(data)).tobuf(tarfile.PAX_FORMAT) + data)
    end.write(b"\0" * (-len(data) % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
    end.write(b"\0" * (-(last.offset + end.tell()) % tarfile.RECORDSIZE))
    file.seek(last.offset)
    return file.read() == end.getvalue()


def _load(data: dict[str, Any]) -> Manifest:
    if data.pop("format", None) != FORMAT:
        raise BackupFault("This backup has a form that this version does not know: restore it with a newer one.")
    data["made_at"] = datetime.fromisoformat(data["made_at"])
    data["trail"] = Trail(**data["trail"])
    data["tables"] = {name: Table(**table) for name, table in data["tables"].items()}
    return Manifest(**data)


def _is_plain(member: tarfile.TarInfo) -> bool:
    parts = PurePosixPath(member.name).parts
    return member.isreg() and ".." not in parts and not member.name.startswith("/")
