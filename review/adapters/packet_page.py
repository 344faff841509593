"""A packet laid out for its template: links resolved, strips measured, everything in reading order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from markupsafe import Markup

from review.adapters.markup import anchor_link, breakable, link_anchors, spoken, to_html
from review.adapters.packet_flow import find_running_on
from review.adapters.packet_words import PacketWords
from review.domain.packet import (
    Criterion,
    Evidence,
    Expectation,
    Feedback,
    GiverKind,
    Measure,
    PacketContent,
    Rating,
    RatingKind,
    Remark,
    Tag,
    Unanswered,
    UnansweredKind,
)
from review.domain.packet_view import View
from review.domain.values import dataclass
from review.domain.writing import break_long_words, clean, clean_line, count_words, cut_line, part_stretches

STEP = 40
HEADER_LIMIT = 64
NAME_IN_HEADER, CODE_LIMIT, BETWEEN_LEVELS = 30, 12, " – "
SECTION_LIMIT = 44
LINK_LIMIT = 160
MOST_KEPT = 1500
"""Signs of a part that stands on one page whole: up to half of it."""
ON_COVER = 7
_BOLD = re.compile(r"^<p([^>]*)><strong>([^<]*)</strong></p>$", re.MULTILINE)
ADDRESS = re.compile(r"https?://[^\s]+", re.IGNORECASE)


@dataclass(frozen=True)
class Mark:
    """One judgement on a strip: its kind and its place, in the strip's own units."""

    kind: RatingKind
    x: int


@dataclass(frozen=True)
class Voice:
    """What one giver said on one criterion, with the id that links lead to."""

    id: str
    feedback: Feedback
    remark: Remark


@dataclass(frozen=True)
class Chapter:
    """A criterion with all that belongs to it."""

    number: int
    criterion: Criterion
    finals: tuple[Rating, ...]
    first: tuple[Rating, ...]
    second: tuple[Rating, ...]
    voices: tuple[Voice, ...]
    evidence: tuple[Evidence, ...]
    targets: Mapping[str, str]

    @property
    def id(self) -> str:
        """Return the id of the chapter's heading."""
        return f"c{self.number}"


@dataclass(frozen=True)
class Page:
    """What any template for paper asks for: words of people and of the system, made safe for print."""

    digest: str
    words: PacketWords

    def plain(self, words: str) -> str:
        """Return one clean line whose long words can break."""
        return part_stretches(break_long_words(clean_line(words)), " ")

    def bare(self, words: str) -> str:
        """Return one clean line as it is, for titles and other places that are not laid out."""
        return clean_line(words)

    def short(self, words: str, most: int) -> str:
        """Return one clean line of at most so many signs, for places that cannot grow."""
        return break_long_words(cut_line(words, most))

    def hold(self, *texts: str) -> str:
        """Return the class of a part with these texts: kept on one page, or long and so broken over pages."""
        return "long" if sum(map(len, texts)) > MOST_KEPT else "keep"

    def day(self, day: date) -> str:
        """Return a day in words."""
        return self.words.day(day)

    def prose(self, words: str) -> Markup:
        """Return a person's Markdown as HTML."""
        return to_html(words)

    def titled(self, words: str) -> Markup:
        """Return a person's Markdown as HTML; a paragraph that is bold all through heads what comes after it."""
        return Markup(_BOLD.sub(r'<h2 class="in"\1>\2</h2>', str(self.prose(words))))  # noqa: S704 - markup in, markup out

    def line(self, words: str) -> Markup:
        """Return plain words on one line."""
        return link_anchors(clean_line(words), {})

    def way(self, words: str) -> Markup:
        """Return the attributes of an element that holds words of somebody: their language, and which way they run."""
        return spoken(words)


@dataclass(frozen=True)
class PacketPage(Page):
    """What the template of a packet asks for."""

    packet: PacketContent
    targets: Mapping[str, str]
    chapters: tuple[Chapter, ...]
    running_on: frozenset[str]

    def head(self, part: str, name: str) -> Markup:
        """Return the attributes of a part's heading: its id, its short name for running heads, where it begins."""
        joined = Markup(' class="same"') if part in self.running_on else ""
        return Markup('id="{}" data-section="{}"{}').format(part, cut_line(name, SECTION_LIMIT), joined)

    def prose(self, words: str, chapter: Chapter | None = None) -> Markup:
        """Return a person's Markdown as HTML, with its anchors linked."""
        return to_html(words, chapter.targets if chapter else self.targets)

    def line(self, words: str, chapter: Chapter | None = None) -> Markup:
        """Return plain words on one line, with its anchors linked."""
        return link_anchors(clean_line(words), chapter.targets if chapter else self.targets)

    def ref(self, anchor: str, chapter: Chapter | None = None) -> Markup:
        """Return the link to an anchor, or its bare number where this copy does not hold it."""
        target = (chapter.targets if chapter else self.targets).get(anchor)
        return anchor_link(anchor, target) if target else Markup('<span class="ref">{}</span>').format(anchor)

    def refs(self, anchors: tuple[str, ...], chapter: Chapter | None = None) -> Markup:
        """Return links to anchors, one after the other."""
        return Markup(" ").join(self.ref(anchor, chapter) for anchor in anchors)

    def asked(self, words: str, expectation: Expectation) -> Markup:
        """Return the ladder's words with what the target adds underlined."""
        tidy = clean(words)
        phrases = sorted(filter(None, expectation.added), key=lambda one: (-len(one), one))
        pieces = re.split("(" + "|".join(map(re.escape, phrases)) + ")", tidy) if phrases else [tidy]
        shown = [breakable(piece) for piece in pieces]
        return Markup("").join(Markup("<ins>{}</ins>").format(one) if at % 2 else one for at, one in enumerate(shown))

    def measure(self, measure: Measure) -> str:
        """Return what a measure of the ladder asks for, in words."""
        figure = f"{self.words.at_least(measure.op)} {self.figure(measure.value, measure.unit)}"
        return f"{self.plain(measure.name)}: {figure.strip()}"

    def figure(self, value: str, unit: str) -> str:
        """Return a figure with its unit; nothing where there is no figure."""
        return self.plain(f"{value} {unit}") if value.strip() else ""

    def header(self) -> str:
        """Return the running head: case, candidate and move, short enough for one line."""
        case = self.packet.case
        levels, code = [level for level in (case.from_level, case.to_level) if level], self.bare(case.code)[:24]
        room = HEADER_LIMIT - len(code) - min(len(self.packet.candidate.name), NAME_IN_HEADER)
        most = max((room - len(BETWEEN_LEVELS)) // len(levels), CODE_LIMIT)
        move = BETWEEN_LEVELS.join(cut_line(self.bare(level.code), most) for level in levels)
        name = cut_line(self.packet.candidate.name, max(HEADER_LIMIT - len(code) - len(move), 8))
        return f"{code} · {name}, {move}"

    def marks(self, chapter: Chapter) -> tuple[Mark, ...]:
        """Return the judgements of a criterion as places on a strip of five points."""
        latest = [ratings[-1] for ratings in (chapter.first, chapter.second, chapter.finals) if ratings]
        return tuple(Mark(one.kind, (one.value - 1) * STEP + STEP // 2) for one in latest if one.value is not None)

    def said(self, chapter: Chapter) -> str:
        """Return the same judgements as a sentence, for those who do not see the strip."""
        latest = [ratings[-1] for ratings in (chapter.first, chapter.finals, chapter.second) if ratings]
        parts = [f"{self.words.rating(one.kind)}: {self.words.value(one.value)}" for one in latest]
        return f"{chapter.criterion.name}. {'. '.join(parts)}."

    def word_count(self, words: str) -> int:
        """Return how many words a person wrote."""
        return count_words(words)

    def moment(self, moment: datetime) -> str:
        """Return a moment in words, in the packet's time zone."""
        return self.words.moment(moment, self.packet.case.time_zone)

    def giver(self, feedback: Feedback) -> str:
        """Return who wrote feedback in one line, or nothing where the reader may not know."""
        who = feedback.giver
        if who is None:
            return ""
        kind = self.words.giver(who.kind) if who.kind is not GiverKind.PEER else ""
        return ", ".join(self.short(part, 80) for part in (who.name, who.function, kind) if part)

    @property
    def unsigned(self) -> str:
        """Return what stands where a giver's name would."""
        return self.words.unsigned(others_are_named=any(one.giver for one in self.packet.feedback))

    def address(self, address: str) -> Markup:
        """Return an address as a link, cut where it would fill a page; as plain words where no browser opens it."""
        shown = self.short(address, LINK_LIMIT)
        if not ADDRESS.fullmatch(clean_line(address)):
            return Markup('<span class="address">{}</span>').format(shown)
        return Markup('<a class="address" href="{}">{}</a>').format(clean_line(address), shown)

    def tag(self, tag: Tag) -> str:
        """Return the criterion, or the text of the signal, that evidence is tagged with."""
        for criterion in self.packet.criteria:
            if criterion.id == tag.criterion:
                signals = {one.id: one.text for one in criterion.target.signals}
                text = signals.get(tag.signal, "")
                return f"{criterion.name}: {text}" if text else criterion.name
        return ""

    @property
    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """Return why something is not answered, each reason once, with all that it is about."""
        about: dict[UnansweredKind, list[str]] = {}
        for item in self.packet.unanswered:
            about.setdefault(item.kind, []).append(self.plain(self._subject(item)))
        return tuple((self.words.unanswered(kind), " · ".join(each)) for kind, each in about.items())

    def _subject(self, item: Unanswered) -> str:
        names = {criterion.id: criterion.name for criterion in self.packet.criteria}
        return item.subject if item.kind is UnansweredKind.FEEDBACK else names.get(item.subject, item.subject)

    @property
    def has_finals(self) -> bool:
        """True where this copy shows final ratings."""
        return any(chapter.finals for chapter in self.chapters)

    @property
    def has_ratings(self) -> bool:
        """True where this copy shows any rating."""
        return any(chapter.criterion.ratings for chapter in self.chapters)

    @property
    def has_ballot(self) -> bool:
        """True for the copy of those who vote: it has a page for notes by hand."""
        return self.packet.view == View.COMMITTEE

    @property
    def on_cover(self) -> tuple[Chapter, ...]:
        """Return the chapters that the cover has room for."""
        return self.chapters[:ON_COVER]

    @property
    def raters(self) -> str:
        """Return who made the final ratings and for whom, each once, those before a handover first."""
        finals = [rating for chapter in self.chapters for rating in chapter.finals]
        return ", ".join(dict.fromkeys(self.words.signed(each.rater, each.on_behalf_of) for each in finals))


def lay_out(packet: PacketContent, digest: str, words: PacketWords) -> PacketPage:
    """Put a packet into reading order for its template."""
    targets = {
        **{one.anchor: one.anchor for one in packet.evidence},
        **{one.anchor: one.anchor for one in packet.feedback},
        **{one.anchor: one.anchor for criterion in packet.criteria for one in criterion.ratings},
    }
    chapters = tuple(_chapter(packet, number, one, targets) for number, one in enumerate(packet.criteria, 1))
    return PacketPage(digest, words, packet, targets, chapters, find_running_on(packet))


def _chapter(packet: PacketContent, number: int, criterion: Criterion, targets: Mapping[str, str]) -> Chapter:
    voices = tuple(
        Voice(f"{feedback.anchor}-{number}", feedback, remark)
        for feedback in packet.feedback
        for remark in feedback.remarks
        if remark.criterion == criterion.id
    )
    by_kind = {kind: tuple(one for one in criterion.ratings if one.kind is kind) for kind in RatingKind}
    return Chapter(
        number,
        criterion,
        by_kind[RatingKind.FINAL],
        by_kind[RatingKind.FIRST_VIEW],
        by_kind[RatingKind.SECOND],
        voices,
        tuple(one for one in packet.evidence if one.anchor in criterion.evidence),
        {**targets, **{voice.feedback.anchor: voice.id for voice in voices}},
    )
