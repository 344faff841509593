"""The workflows that are shipped, as files to begin with."""

from __future__ import annotations

from functools import cache

from review.config import ROOT
from review.domain.yaml_text import Document, read_yaml

FOLDER = ROOT / "workflows"
NAMES = ("ic", "management")
"""In the order in which they are published: the second is written over the first."""


@cache
def list_shipped() -> tuple[tuple[str, str], ...]:
    """Return the name of each shipped file, without its ending, and what its workflow is called."""
    found = []
    for name in NAMES:
        document = read_yaml((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")
        if isinstance(document, Document):
            found.append((name, str(document.data["title"])))
    return tuple(found)


def read_shipped(name: str) -> str | None:
    """Return the text of a shipped file, None for a name that is none of theirs."""
    if name not in NAMES:
        return None
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
