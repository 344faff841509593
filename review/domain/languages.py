"""In which language a passage is and which way it runs, told from its letters alone."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from review.domain.values import dataclass

MOST_LOOKED_AT = 400
"""Letters that are looked at: who writes on in another script is read as they began."""
RIGHT_TO_LEFT = frozenset({"R", "AL"})
_OTHER_THAN_LATIN = re.compile(
    "[\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2c5f\u2c80-\u2dff\u2e80-\ua69f\ua800-\uffff\U00010000-\U0003ffff]"
)
_ANCHOR = re.compile(r"\b[EFRG][1-9][0-9]{0,2}\b|https?://\S+", re.ASCII)
_NOT_ARABIC = frozenset("پچژگکیٹڈڑےںھ")
_LANGUAGES = {
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "THAI": "th",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "CYRILLIC": "und-Cyrl",
    "DEVANAGARI": "und-Deva",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
"""The language that a script is nearly always written for, by the first word of the names of its letters."""


@dataclass(frozen=True)
class Speech:
    """How a passage is spoken and read; `language` is a BCP 47 tag, empty where its letters do not tell."""

    language: str = ""
    is_right_to_left: bool = False

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """Return what HTML says of it: `lang` and `dir`, each where it is told."""
        return tuple(filter(all, (("lang", self.language), ("dir", "rtl" if self.is_right_to_left else ""))))


LATIN = Speech()
LANGUAGES = ("und-Arab", *sorted(set(_LANGUAGES.values())))
"""All that can be told."""


def tell_speech(words: str) -> Speech:
    """Return language and direction of a passage by what most of its letters are; names of sources do not count."""
    if not _OTHER_THAN_LATIN.search(words):
        return LATIN
    letters = [each for each in _ANCHOR.sub("", words) if each.isalpha()][:MOST_LOOKED_AT]
    scripts = Counter(unicodedata.name(each, "").partition(" ")[0] for each in letters)
    language = _language(scripts, letters)
    against = sum(unicodedata.bidirectional(each) in RIGHT_TO_LEFT for each in letters)
    return Speech(language, is_right_to_left=2 * against > len(letters))


def _language(scripts: Counter[str], letters: list[str]) -> str:
    if not scripts:
        return ""
    script, count = scripts.most_common(1)[0]
    if script == "CJK" and (scripts["HIRAGANA"] or scripts["KATAKANA"]):
        return "ja"
    if 2 * count <= len(letters):
        return ""
    if script == "ARABIC" and not _NOT_ARABIC.isdisjoint(letters):
        return "und-Arab"
    return _LANGUAGES.get(script, "")
