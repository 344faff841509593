"""Worlds for the crossings: the story of a track, told once a file, and an app on the stage that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.theatre import Theatre, open_theatre


@pytest.fixture(scope="module")
def theatre(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theatre]:
    """Return the story of the track that the module names as TRACK, kept at every stage."""
    folder = tmp_path_factory.mktemp("world")
    theatre = open_theatre(sqlite_template, folder, request.module.TRACK, prints=request.module.PRINTS)
    yield theatre
    theatre.close()
