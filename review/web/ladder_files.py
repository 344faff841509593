"""The ladders that are shipped, as files to begin with."""

from __future__ import annotations

from functools import cache

from review.config import ROOT
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder

FOLDER = ROOT / "workflows" / "ladders"


@cache
def list_shipped() -> tuple[tuple[str, str], ...]:
    """Return the name of each shipped file, without its ending, and what its ladder is called."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        ladder = parse_ladder(path.read_text(encoding="utf-8"), file=path.name)
        if isinstance(ladder, Ladder):
            found.append((path.stem, ladder.name))
    return tuple(found)


def read_shipped(name: str) -> str | None:
    """Return the text of a shipped file, None for a name that is none of theirs."""
    if name not in dict(list_shipped()):
        return None
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
