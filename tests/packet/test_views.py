"""What a reader may not see is nowhere in their file: not on the pages, in titles, bookmarks or what is embedded."""

import re
from io import BytesIO

import pikepdf
import pytest

from review.adapters.pdf_text import read_pages
from review.domain.packet_view import View
from review.domain.phase import Phase
from tests.domain.test_packet import is_denied
from tests.packet import samples

COPIES = [
    (View.COMMITTEE, Phase.SEALED),
    (View.COMMITTEE, Phase.REVEALED),
    (View.HR, Phase.SEALED),
    (View.MANAGER, Phase.SEALED),
    (View.MANAGER, Phase.REVEALED),
    (View.CANDIDATE, Phase.SEALED),
    (View.CANDIDATE, Phase.ANNOUNCED),
    (View.EXECUTIVE, Phase.DECIDED),
    (View.SKIP_LEVEL, Phase.SEALED),
    (View.APPEALS, Phase.ANNOUNCED),
]
SHOWN = (
    "packet.candidate.name",
    "packet.case.committee",
    "packet.criteria.self_review",
    "packet.criteria.target.summary",
    "packet.evidence.done",
    "packet.evidence.links.address",
    "packet.feedback.advice",
    "packet.feedback.giver.name",
    "packet.feedback.remarks.situation",
    "packet.coverage.function",
    "packet.panel.reason",
    "packet.prior_gaps.missing",
    "packet.role_fit.answers.answer",
    "packet.second_rater.name",
    "rating.final.justification",
    "rating.final.change.reason",
    "rating.first.justification",
    "rating.second.justification",
    "unanswered.feedback",
)
"""Texts that a copy prints where the reader may see them, so that a blank page would not pass."""


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


@pytest.mark.parametrize(("view", "phase"), COPIES)
def test_no_canary_of_a_denied_part_is_in_the_file(print_view, view, phase):
    birds, packet = samples.aviary()
    _, printed = print_view(packet, view, phase)
    content = everything_in(printed.pdf)
    found = {place for bird, place in birds.items() if bird.encode() in content}
    assert found & {place for place in birds.values() if is_denied(place, view, phase)} == set()


@pytest.mark.parametrize(("view", "phase"), COPIES)
def test_what_a_reader_may_see_is_on_the_pages(print_view, view, phase):
    birds, packet = samples.aviary()
    _, printed = print_view(packet, view, phase)
    with pikepdf.open(BytesIO(printed.pdf)) as file:
        pages = "\n".join(read_pages(file))
    printed_places = {place for bird, place in birds.items() if bird in pages}
    assert {place for place in SHOWN if not is_denied(place, view, phase)} - printed_places == set()


@pytest.mark.parametrize(("view", "phase"), COPIES)
def test_how_many_voices_are_mutual_is_in_the_copies_of_those_who_decide(print_view, view, phase):
    content, printed = print_view(samples.whole(), view, phase)
    with pikepdf.open(BytesIO(printed.pdf)) as file:
        pages = "\n".join(read_pages(file))
    is_told = view in {View.COMMITTEE, View.HR, View.EXECUTIVE, View.APPEALS}
    assert ("1 of 4 voices is mutual" in pages, b'"mutual":1' in content) == (is_told, is_told)
