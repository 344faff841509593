"""Who speaks first on each case of a committee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.agenda import find_first_speaker
from review.models import Case, CommitteeMember, Person
from review.queries.closeness import barred_from_voting
from review.queries.sights import Sight


def find_first_speakers(
    session: Session, committee_id: int, case_ids: Sequence[int], sights: Mapping[int, Sight]
) -> dict[int, str]:
    """Return, case by case, the name of who speaks first; two statements.

    The turn of a case is its place among all cases of the committee, so that it is the same for every reader. The
    chair, who leads, takes none.
    """
    members = session.execute(
        sa.select(CommitteeMember.person_id, Person.name)
        .join(Person, Person.id == CommitteeMember.person_id)
        .where(CommitteeMember.committee_id == committee_id, CommitteeMember.role != "chair")
        .order_by(CommitteeMember.id)
    )
    names = {row.person_id: row.name for row in members}
    every = session.scalars(sa.select(Case.id).where(Case.committee_id == committee_id).order_by(Case.id))
    turns = {case_id: turn for turn, case_id in enumerate(every)}
    found = {}
    for case_id in case_ids:
        able = set(sights[case_id].voters.values()) - barred_from_voting(sights[case_id].conflicts)
        speaker = find_first_speaker(tuple(names), turns[case_id], able)
        if speaker is not None:
            found[case_id] = names[speaker]
    return found
