"""Every mail of a stage, read as whoever it went to."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

from tests.access.cast import BEFORE_SEAL, players
from tests.access.crossing import may_see
from tests.access.story import NAMES, Story
from tests.access.worlds import Kept


def read_mail(mail: EmailMessage) -> str:
    """Return all of a mail: every header, and every part as it is read."""
    head = "\n".join(f"{name}: {value}" for name, value in mail.items())
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join((head, *parts))


def roles_of(story: Story, stage: str) -> dict[str, frozenset[str]]:
    """Return the grid's roles of everybody, by person."""
    roles: dict[str, frozenset[str]] = {}
    for player in players(story.track, stage):
        if player.person is not None and player.actor != "conflicted_chair":
            roles[player.person] = roles.get(player.person, frozenset()) | player.roles
    others = {
        **dict.fromkeys((*NAMES, *story.track.reports, "finn", "pavel", "tomas"), "giver"),
        "omar": "member",
        "jonas": "member" if stage in BEFORE_SEAL else "conflicted_member",
        "noor": "skip_level executive",
        "vera": "skip_level",
        "hedi": "hr",
        "petra": "appeals" if stage == "appealed" else "",
        "mira": "external_giver",
    }
    return {key: frozenset(words.split()) for key, words in others.items()} | roles


def find_leaks(story: Story, kept: Kept) -> Iterator[tuple[str, str]]:
    """Yield each word that a mail holds and its reader may not read, with the reader."""
    roles = roles_of(story, kept.stage)
    for mail in kept.mails:
        key = str(mail["To"]).partition("@")[0]
        person = "mira" if story.plot.look(key) else key
        for word in story.plot.look(read_mail(mail)):
            canary = story.plot.planted[word]
            if not may_see(canary, person, roles.get(person, frozenset()), kept):
                yield person, canary.place
