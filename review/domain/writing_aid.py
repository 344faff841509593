"""Questions to a writer about their own feedback, for their eyes alone: never stored, shown to nobody else, no gate."""

from __future__ import annotations

import re

from review.domain.text import Text, text

_PRAISE = re.compile(
    r"\b(?:great|excellent|amazing|awesome|fantastic|outstanding|brilliant|wonderful|superb|impressive|incredible|"
    r"exceptional|terrific|perfect|(?:very|really|so) good|good job|well done|a (?:star|joy|pleasure))\b",
    re.IGNORECASE,
)
_TRAIT = re.compile(
    r"\b(?:(?:he|she|they)(?:['’](?:s|re)| is| are| was| were)|(?:is|was|are|were|being)|as) "
    r"(?:(?:a|an|always|never|very|really|just|so|such|quite|too|naturally|extremely) ){1,3}"
    r"(?:[\w-]+ )?(?:person|leader|natural|star|talent|player|pleasure|joy|genius|colleague|smart|nice|kind|friendly|"
    r"difficult|quiet|reliable|passionate|ambitious|intelligent|talented|positive|helpful|motivated|confident)\b"
    r"|\b(?:personality|character trait|by nature|born leader|natural leader)\b",
    re.IGNORECASE,
)
_CONCRETE = re.compile(r"\d|https?://|\b(?:when|after|before|during|because|until|so that)\b", re.IGNORECASE)


def ask_back(*, situation: str, done: str, effect: str, link: str = "", cannot_judge: bool = False) -> tuple[Text, ...]:
    """Return what a careful reader would ask the writer about one answer; nothing where nothing is written.

    Three questions only: no action or effect named, praise without an example, the person described instead of what
    they did. There is no score, and none about gendered words: such lists flag the criteria's own names.
    """
    words = " ".join((situation, done, effect)).strip()
    if cannot_judge or not words:
        return ()
    asked = []
    if not done.strip():
        asked.append(text("What did they do? So far no action is named."))
    elif not effect.strip():
        asked.append(text("What came of it? So far no effect is named."))
    if _PRAISE.search(words) and not (_CONCRETE.search(words) or link.strip()):
        asked.append(text("This praises without an example. What was one moment when you saw it?"))
    if _TRAIT.search(words):
        asked.append(text("This describes the person. What did they do that made you think so?"))
    return tuple(asked)
