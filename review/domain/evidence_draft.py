"""Evidence as somebody fills it in: clean characters, safe addresses, known tags; every fault with its field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from review.domain.errors import Fault
from review.domain.ladder import Ladder
from review.domain.text import plural, text
from review.domain.values import dataclass
from review.domain.writing import clean, clean_line

MOST_LINKS = 5
MOST_TEXT = 20_000
MOST_LINE = 300
MOST_URL = 2_000
TEXTS = ("done", "effect")
LINES = ("title", "measure", "baseline", "target", "actual")


@dataclass(frozen=True)
class Tag:
    """A criterion, and maybe one signal of the target level, that evidence speaks to."""

    criterion_id: str
    signal_id: str = ""

    def __str__(self) -> str:
        return f"{self.criterion_id}/{self.signal_id}" if self.signal_id else self.criterion_id


@dataclass(frozen=True)
class EvidenceLink:
    """An address that a reader may open, and what it is."""

    label: str
    url: str


@dataclass(frozen=True)
class EvidenceDraft:
    """Evidence as the candidate fills it in; links without an address and a label are empty lines."""

    title: str
    done: str
    effect: str = ""
    links: tuple[EvidenceLink, ...] = ()
    measure: str = ""
    baseline: str = ""
    target: str = ""
    actual: str = ""
    tags: tuple[Tag, ...] = ()


def clean_draft(draft: EvidenceDraft) -> EvidenceDraft:
    """Return the draft in clean characters, without empty links; a link without a label is called by its host."""
    links = (EvidenceLink(clean_line(link.label), clean_line(link.url)) for link in draft.links)
    return replace(
        draft,
        title=clean_line(draft.title),
        done=clean(draft.done).strip(),
        effect=clean(draft.effect).strip(),
        measure=clean_line(draft.measure),
        baseline=clean_line(draft.baseline),
        target=clean_line(draft.target),
        actual=clean_line(draft.actual),
        links=tuple(replace(link, label=link.label or host_of(link.url)) for link in links),
    )


def find_faults(ladder: Ladder, level_id: str, draft: EvidenceDraft) -> list[Fault]:
    """Return everything wrong with evidence for a target level, each with its field."""
    faults = [Fault(text("Please fill this in"), field=name) for name in ("title", "done") if not getattr(draft, name)]
    for names, most in ((TEXTS, MOST_TEXT), (LINES, MOST_LINE)):
        faults += [too_long(name, getattr(draft, name), most) for name in names if len(getattr(draft, name)) > most]
    if not draft.measure and (draft.baseline or draft.target or draft.actual):
        what = text("Say what was measured")
        faults.append(Fault(what, text("a name, such as time to first answer"), field="measure"))
    if len(draft.links) > MOST_LINKS:
        faults.append(Fault(text("At most %(most)s links", most=MOST_LINKS), field="url-0"))
    for place, link in enumerate(draft.links):
        faults += _faults_of_link(place, link)
    return faults + _faults_of_tags(ladder, level_id, draft.tags)


def is_safe_url(url: str) -> bool:
    """Tell whether an address is one of the web over TLS, with a host and no name or password in it."""
    if len(url) > MOST_URL or any(sign.isspace() or sign in '<>"\\' for sign in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and not (parts.username or parts.password)
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Return the host of a safe address, nothing for any other."""
    return urlsplit(url).hostname or "" if is_safe_url(url) else ""


def too_long(name: str, words: str, most: int) -> Fault:
    """Return the fault of a text that is longer than it may be: how much is to be taken out."""
    what = plural("%(count)s character too many", "%(count)s characters too many", len(words) - most)
    return Fault(what, text("at most %(most)s characters", most=most), field=name)


def _faults_of_link(place: int, link: EvidenceLink) -> list[Fault]:
    field = f"url-{place}"
    if link.url and not is_safe_url(link.url):
        return [Fault(text("Readers cannot open this address"), text("one that begins with https://"), field=field)]
    if link.label and not link.url:
        return [Fault(text("This link has no address"), text("one that begins with https://"), field=field)]
    if len(link.label) > MOST_LINE:
        return [too_long(f"label-{place}", link.label, MOST_LINE)]
    return []


def _faults_of_tags(ladder: Ladder, level_id: str, tags: Iterable[Tag]) -> list[Fault]:
    given = tuple(tags)
    if not given:
        return [Fault(text("Choose at least one criterion that it speaks to"), field="tags")]
    rated = {criterion.id for criterion in ladder.rated_criteria(level_id)}
    for tag in given:
        if tag.criterion_id not in rated or not _knows_signal(ladder, level_id, tag):
            return [Fault(text("The target level asks nothing of this name"), field="tags")]
    return []


def _knows_signal(ladder: Ladder, level_id: str, tag: Tag) -> bool:
    cell = ladder.expectation(tag.criterion_id, level_id)
    return not tag.signal_id or tag.signal_id in {signal.id for signal in (*cell.signals, *cell.base)}
