"""Files that wait are named by their content, private, and swept."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from review.adapters.uploads import drop_upload, keep_upload, read_upload


def test_a_file_comes_back_as_it_was_until_it_is_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    digest = keep_upload(folder, b"people", now=datetime.now(UTC))
    assert digest == hashlib.sha256(b"people").hexdigest()
    assert read_upload(folder, digest) == b"people"
    assert [(path.name, path.stat().st_mode & 0o777) for path in folder.iterdir()] == [(digest, 0o600)]
    drop_upload(folder, digest)
    drop_upload(folder, digest)
    assert read_upload(folder, digest) is None


def test_a_file_that_was_exchanged_is_none(tmp_path: Path) -> None:
    digest = keep_upload(tmp_path, b"people", now=datetime.now(UTC))
    (tmp_path / digest).write_bytes(b"others")
    assert read_upload(tmp_path, digest) is None


@pytest.mark.parametrize("name", ["../secret", "", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_a_name_that_is_no_digest_reaches_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "imports"
    folder.mkdir()
    assert read_upload(folder, name) is None
    drop_upload(folder, name)
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_what_waited_for_more_than_a_day_is_swept(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    old = keep_upload(tmp_path, b"old", now=now)
    before = (now - timedelta(hours=25)).timestamp()
    os.utime(tmp_path / old, (before, before))
    new = keep_upload(tmp_path, b"new", now=now)
    assert [path.name for path in tmp_path.iterdir()] == [new]
