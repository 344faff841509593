"""What can be cited, in words: the title that is heard after E1, and who an answer is signed by after F1."""

from __future__ import annotations

from collections.abc import Iterable

from review.domain.text import Text
from review.queries.evidence import EvidenceRow
from review.queries.feedback import FeedbackRow


def titles_of(evidence: Iterable[EvidenceRow], feedback: Iterable[FeedbackRow]) -> dict[str, str | Text]:
    """Return what each printed name stands for: E1 → its title, F1 → its signature as far as the reader may know."""
    return {row.anchor: row.title for row in evidence} | {row.anchor: row.signed for row in feedback}
