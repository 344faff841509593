"""The committees on HR's page of them: all of a few; of many those that are looked for, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from review.domain.committee_labels import MANY, label_committees
from review.domain.values import dataclass
from review.queries.committees import CommitteeRow

CARDS_SIZE = 20


@dataclass(frozen=True)
class Cards:
    """The committees shown, of `found` that fit; `labels` tell all of them apart."""

    rows: Sequence[CommitteeRow]
    labels: Mapping[int, str]
    is_many: bool
    found: int
    page: int

    @property
    def first(self) -> int:
        """Return the place of the first one shown, from 1 on."""
        return min((self.page - 1) * CARDS_SIZE + 1, self.found)

    @property
    def last(self) -> int:
        """Return the place of the last one shown."""
        return (self.page - 1) * CARDS_SIZE + len(self.rows)


def pick_cards(committees: Sequence[CommitteeRow], words: str, page: int) -> Cards:
    """Return the committees to be shown: every word is to be in the name or in that of a member.

    A page beyond the last one is the last.
    """
    labels = label_committees({row.id: row.name for row in committees})
    if len(committees) <= MANY:
        return Cards(committees, labels, is_many=False, found=len(committees), page=1)
    wanted = words.casefold().split()
    found = [row for row in committees if _fits(row, labels[row.id], wanted)]
    page = min(max(page, 1), max(-(-len(found) // CARDS_SIZE), 1))
    shown = found[(page - 1) * CARDS_SIZE : page * CARDS_SIZE]
    return Cards(shown, labels, is_many=True, found=len(found), page=page)


def _fits(row: CommitteeRow, label: str, wanted: Sequence[str]) -> bool:
    names = (label, *(member.name for member in row.members))
    return any(all(word in name.casefold() for word in wanted) for name in names)
