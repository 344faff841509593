"""Whatever the services write into a case's history has words for its readers."""

from __future__ import annotations

import re

from review.config import ROOT
from review.queries.case_history import OTHER_WORDS


def test_every_move_that_no_workflow_names_has_words() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "review" / "services").rglob("*.py")]
    kinds = {kind for source in sources for kind in re.findall(r'(?<!may_read\()"case\.([a-z_]+)"', source)}
    assert kinds == set(OTHER_WORDS)
