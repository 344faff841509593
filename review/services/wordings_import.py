"""Words of a file taken in, piece by piece, in one transaction: what is the same stays untouched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.values import dataclass
from review.domain.wording_list import PIECES, words_of
from review.queries.wordings import list_versions
from review.services.wordings import save_words


@dataclass(frozen=True)
class Imported:
    """What a file did: mails that say something else now, parts of the letter that are proposed, what is the same."""

    changed: tuple[str, ...]
    proposed: tuple[str, ...]
    same: tuple[str, ...]


def import_words(session: Session, words: Mapping[str, Mapping[str, str]], *, actor: Actor, now: datetime) -> Imported:
    """Take in the words of these pieces as if somebody had typed them; raise as save_words does.

    What a second person has still to publish is left as it is where the file says what is in force.
    """
    done: dict[str, list[str]] = {"changed": [], "proposed": [], "same": []}
    for name, given in words.items():
        piece = PIECES[name]
        versions = list_versions(session, piece)
        in_force = next((row for row in versions if row.published_at), None)
        if (in_force.words if in_force else words_of(piece, {})) == given:
            done["same"].append(name)
            continue
        version = versions[0].number if versions else 0
        number = save_words(session, name, given, version=version, actor=actor, now=now)
        done["same" if number == version else "proposed" if piece.is_letter else "changed"].append(name)
    return Imported(*(tuple(names) for names in done.values()))
