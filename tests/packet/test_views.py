"""Each reader's copy in each phase, read through and through: it holds what the table of rights allows, and no more.

The rights are read from the table as it was agreed (tests/access/access_grid.csv), not by the program's own rules.
"""

import csv
import re
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from review.adapters.pdf_text import read_pages
from review.domain.packet import RatingKind
from review.domain.packet_view import READERS, View
from review.domain.phase import Phase
from tests.packet import samples

TABLE = Path(__file__).parents[1] / "access" / "access_grid.csv"
NEVER_PRINTED = frozenset(
    [
        "packet.case.company",
        *(f"packet.{each}.id" for each in ("ladder", "case.from_level", "case.to_level")),
        *(f"packet.criteria.{each}.{part}" for each in ("current", "target") for part in ("added", "signals.id")),
        *(
            f"{each}.{part}"
            for each in (
                *(f"packet.{who}" for who in ("manager", "former_managers", "second_rater", "panel.member")),
                *(f"rating.{kind}.{who}" for kind in RatingKind for who in ("rater", "on_behalf_of")),
            )
            for part in ("title", "function")
        ),
    ]
)
"""What is in the embedded content alone: ids, phrases to underline, and titles of those whose names say enough."""
MARKED = frozenset(
    {
        *(f"packet.case.{part}" for part in ("code", "committee", "company", "from_level.code", "to_level.code")),
        "packet.candidate.name",
        "packet.criteria.name",
        "packet.evidence.title",
        "packet.feedback.giver.name",
    }
)
"""What is in the title, the bookmarks and what links say, where the reader may know it."""


@dataclass(frozen=True)
class Found:
    """The places whose words are in a file at all, on its pages, and in its title, bookmarks, links and other marks."""

    anywhere: frozenset[str]
    on_pages: frozenset[str]
    in_marks: frozenset[str]


@cache
def rights():
    """Return the rights of the table: object -> actor -> phase -> right."""
    table = {}
    for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()):
        table.setdefault(row["object"].split(" ")[0], {})[row["actor"]] = row
    return table


def may_read(thing, view, phase):
    return rights()[thing][READERS[view].value][phase.value] in {"read", "write"}


def is_allowed(place, view, phase):
    """Say from the table alone whether a field may be in a view."""
    start = next((start for start in samples.ROWS if place.startswith(start)), None)
    if start is None:
        return True
    when = Phase.CLOSED if start in samples.OF_EARLIER_CASES else phase
    is_own = view is not View.CANDIDATE or start in samples.OWN
    return is_own and all(may_read(thing, view, when) for thing in samples.ROWS[start])


COPIES = [(view, phase) for view in View for phase in Phase if may_read("packet.sealed", view, phase)]


@pytest.fixture(scope="module")
def find(print_view):
    """Give a function that reads what is in a copy, each printed once."""
    birds, packet = samples.aviary()
    known = {}

    def find(view, phase) -> Found:
        content, printed = print_view(packet, view, phase)
        if content not in known:
            known[content] = look_through(printed.pdf, birds)
        return known[content]

    return find


def look_through(pdf, birds):
    everything = everything_in(pdf)
    with pikepdf.open(BytesIO(pdf)) as file:
        pages = "\n".join(read_pages(file))
        with file.open_outline() as outline:
            titles = " ".join(title for item in outline.root for title in titles_of(item))
        marks = titles + str(file.docinfo) + bytes(file.Root.Metadata.read_bytes()).decode() + links_of(file)
    return Found(
        frozenset(place for bird, place in birds.items() if bird.encode() in everything),
        frozenset(place for bird, place in birds.items() if bird in pages),
        frozenset(place for bird, place in birds.items() if bird in marks),
    )


def titles_of(item):
    yield item.title
    for child in item.children:
        yield from titles_of(child)


def links_of(file):
    return " ".join(str(note.get("/Contents", "")) for page in file.pages for note in page.get("/Annots", []))


def everything_in(pdf: bytes) -> bytes:
    """Return all that is in the file, uncompressed, with the glyphs of the pages read back to text."""
    with pikepdf.open(BytesIO(pdf)) as file:
        pages = "\n".join(read_pages(file))
        embedded = [file.attachments[name].get_file().read_bytes() for name in file.attachments]
        plain = BytesIO()
        file.save(plain, qdf=True, stream_decode_level=pikepdf.StreamDecodeLevel.all)
    raw = plain.getvalue()
    texts = [bytes.fromhex(found.decode()) for found in re.findall(rb"<feff([0-9a-f]+)>", raw)]
    wide = b"\n".join(text.decode("utf-16-be", "replace").encode() for text in texts)
    return b"\n".join([raw, raw.replace(b"\x00", b""), wide, pages.encode(), *embedded])


@pytest.mark.parametrize("view", View)
def test_a_copy_holds_what_the_table_allows_and_nothing_else(find, view):
    places = frozenset(samples.aviary()[0].values())
    seen = denied = tried = 0
    for phase in (phase for each, phase in COPIES if each is view):
        allowed = frozenset(place for place in places if is_allowed(place, view, phase))
        found = find(view, phase)
        assert (found.anywhere - allowed, allowed - found.anywhere) == (set(), set()), phase
        assert found.on_pages == allowed - NEVER_PRINTED, phase
        assert found.in_marks == allowed & MARKED, phase
        tried, seen = tried + len(places), seen + len(found.anywhere & allowed)
        denied += len(found.anywhere - allowed)
    assert tried > 0
    print(f"{view}: {tried} cells tried, {seen} allowed and seen, {tried - seen} denied, {denied} of them seen")


SOME = [
    (View.COMMITTEE, Phase.REVEALED),
    (View.MANAGER, Phase.REVEALED),
    (View.CANDIDATE, Phase.ANNOUNCED),
    (View.EXECUTIVE, Phase.DECIDED),
    (View.SKIP_LEVEL, Phase.SEALED),
]


@pytest.mark.parametrize(("view", "phase"), SOME)
def test_how_many_voices_are_mutual_is_in_the_copies_of_those_who_decide(print_view, view, phase):
    content, printed = print_view(samples.whole(), view, phase)
    with pikepdf.open(BytesIO(printed.pdf)) as file:
        pages = "\n".join(read_pages(file))
    is_told = view in {View.COMMITTEE, View.HR, View.EXECUTIVE, View.APPEALS}
    assert ("1 of 4 voices is mutual" in pages, b'"mutual":1' in content) == (is_told, is_told)


@pytest.mark.parametrize(
    ("view", "unnamed", "told", "counts"),
    [
        (View.COMMITTEE, (), "here is who wrote it, how", [0, 0]),
        (View.COMMITTEE, ("F1", "F4"), "here is who wrote it, direct reports left out, how", [2, 0]),
        (View.MANAGER, (), "who wrote it is not in this copy", [0, 4]),
    ],
)
def test_no_number_stands_without_a_word_where_no_name_may_be_read(print_view, view, unnamed, told, counts):
    whole = samples.whole()
    feedback = tuple(replace(one, giver=None) if one.anchor in unnamed else one for one in whole.feedback)
    _, printed = print_view(replace(whole, feedback=feedback), view, Phase.REVEALED)
    with pikepdf.open(BytesIO(printed.pdf)) as file:
        words = re.sub(r"\s", "", "".join(read_pages(file)))  # lines end anywhere
    assert told.replace(" ", "") in words
    assert [words.count(each) for each in ("Adirectreport,withoutaname", "Withoutaname")] == counts
