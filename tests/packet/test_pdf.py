"""The printed packet, opened and read: pages, links, digest, bookmarks, what is embedded, and the same bytes again."""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from review.adapters.paper import Size
from review.adapters.pdf import page_count, render_letter_pdf
from review.domain.canonical_json import digest
from review.domain.letter_sheet import read_letter, write_letter
from review.domain.packet_view import View
from review.domain.phase import Phase
from tests.packet import samples

ROOT = Path(__file__).parents[2]


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def texts(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in read(pdf).pages]


def embedded(pdf: bytes) -> dict[str, bytes]:
    return {name: files[0] for name, files in read(pdf).attachments.items()}


def outline(pdf: bytes) -> list[tuple[str, int]]:
    reader = read(pdf)
    flat = []

    def walk(items, depth):
        for item in items:
            if isinstance(item, list):
                walk(item, depth + 1)
            else:
                flat.append((depth, str(item.title), reader.get_destination_page_number(item) + 1))

    walk(reader.outline, 0)
    return [(title, page) for depth, title, page in flat if depth == 0]


def links(reader: PdfReader) -> list[tuple[int, object]]:
    return [
        (number, annotation.get_object())
        for number, page in enumerate(reader.pages, 1)
        for annotation in page.get("/Annots", [])
        if annotation.get_object()["/Subtype"] == "/Link"
    ]


def test_it_has_about_a_dozen_a4_pages(whole):
    reader = read(whole[1].pdf)
    assert len(reader.pages) == whole[1].pages == page_count(whole[1].pdf) == 13
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in reader.pages} == {(595, 842)}


def test_it_can_be_on_letter_sheets(print_view):
    reader = read(print_view(samples.entry(), size=Size.LETTER)[1].pdf)
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in reader.pages} == {(612, 792)}


def test_every_page_says_which_of_how_many_and_carries_the_digest(whole):
    content, printed = whole
    receipt = digest(content)
    pages = texts(printed.pdf)
    for number, words in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in words
        assert f"sha-256 {receipt[:8]} {receipt[8:16]}" in words
        assert "PR-2026-017 · Committee’s copy · confidential" in words
    assert receipt in pages[0]


def test_every_page_but_the_cover_names_case_and_chapter(whole):
    pages = texts(whole[1].pdf)
    assert "PR-2026-017 · Ilse Marchetti, IC3 – IC4" not in pages[0]
    heads = [re.search(r"PR-2026-017 · Ilse Marchetti, IC3 – IC4\s*(.*)", page).group(1) for page in pages[1:]]
    assert heads == [
        "Contents",
        "At a glance",
        "1. Hard skills",
        "1. Hard skills",
        "2. Cross-functionality",
        "2. Cross-functionality",
        "3. Leadership",
        "4. Accountability",
        "All evidence",
        "All evidence",
        "All feedback",
        "Notes for the reader",
    ]


def test_what_is_embedded_is_the_view_it_was_made_from(whole):
    content, printed = whole
    assert embedded(printed.pdf) == {"packet.json": content}


def test_bookmarks_lead_to_every_criterion(whole):
    assert outline(whole[1].pdf) == [
        ("Ilse Marchetti", 1),
        ("Contents", 2),
        ("At a glance", 3),
        ("1. Hard skills", 4),
        ("2. Cross-functionality", 6),
        ("3. Leadership", 8),
        ("4. Accountability", 9),
        ("All evidence", 10),
        ("All feedback", 12),
        ("What is not answered", 12),
        ("Notes for the reader", 13),
    ]


def test_every_link_leads_to_a_place_in_the_packet(whole):
    reader = read(whole[1].pdf)
    places = reader.named_destinations
    targets = {str(annotation["/Dest"]) for _, annotation in links(reader) if "/Dest" in annotation}
    assert targets <= set(places)
    outward = {str(annotation["/A"]["/URI"]) for _, annotation in links(reader) if "/Dest" not in annotation}
    assert outward == {link.address for one in samples.EVIDENCE for link in one.links}
    assert {"E1", "E2", "E3", "E4", "E5", "F1", "F2-2", "F2-4", "F3-1", "c1", "c4", "evidence", "R1"} <= targets


def test_the_number_beside_an_anchor_is_the_page_where_it_stands(whole):
    reader = read(whole[1].pdf)
    stands = {name: reader.get_destination_page_number(place) + 1 for name, place in reader.named_destinations.items()}
    printed = set(re.findall(r"\b([EF]\d) p\. ?(\d+)", "\n".join(texts(whole[1].pdf))))
    assert {anchor for anchor, _ in printed} == {"E1", "E2", "E3", "E4", "E5", "F1", "F2", "F3", "F4"}
    for anchor, page in printed:
        holders = [name for name in stands if name == anchor or name.startswith(f"{anchor}-")]
        assert int(page) in {stands[name] for name in holders}
    assert "00" not in {page for _, page in printed}


def test_contents_give_the_pages_of_chapters_and_ratings(whole):
    contents = texts(whole[1].pdf)[1]
    assert " ".join(contents.split("Contents")[0].split()) == "3 4 4 6 6 8 8 9 9 10 12 12 13"


def test_a_chapter_goes_from_own_words_and_evidence_to_ratings_and_what_others_saw(whole):
    chapter = " ".join("".join(texts(whole[1].pdf)[3:5]).split())
    parts = ("Self-review", "Evidence tagged with it", "Manager’s rating", "Second rating", "First view", "Feedback F")
    places = [chapter.index(part) for part in parts]
    assert places == sorted(places)


def test_it_is_tagged_with_title_language_and_header_cells(whole):
    catalog = read(whole[1].pdf).trailer["/Root"]
    assert catalog["/Lang"] == "en"
    assert catalog["/MarkInfo"]["/Marked"] is not False
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read(whole[1].pdf).metadata.title == "PR-2026-017 · Ilse Marchetti, IC3 – IC4"
    assert b"pdfuaid" in catalog["/Metadata"].get_data()
    kinds = structure(catalog["/StructTreeRoot"])
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/L", "/Link", "/Figure", "/P"} <= set(kinds)


def test_every_strip_has_its_words(whole):
    catalog = read(whole[1].pdf).trailer["/Root"]
    below, at = "Partly at target level", "At target level"
    said = [
        ("Hard skills", at, at, at),
        ("Cross-functionality", below, at, below),
        ("Leadership", below, below, "Cannot tell"),
        ("Accountability", at, at, at),
    ]
    assert structure(catalog["/StructTreeRoot"])["/Figure"] == [
        f"{name}. First view: {first}. Manager’s rating: {final}. Second rating: {second}."
        for name, first, final, second in said
    ]


def structure(root: object) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    waiting = [root]
    while waiting:
        element = waiting.pop()
        element = element.get_object() if hasattr(element, "get_object") else element
        if isinstance(element, list):
            waiting.extend(reversed(element))
        elif isinstance(element, dict):
            if "/S" in element:
                found.setdefault(str(element["/S"]), []).append(str(element.get("/Alt", "")))
            waiting.append(element.get("/K", []))
    return found


def test_fonts_are_subsets_and_no_sign_is_missing(whole):
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in read(whole[1].pdf).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert all(re.fullmatch(r"/[A-Z]{6}\+(Inter|Source-Serif-4|IBM-Plex-Mono)[-,\w]*", name) for name in fonts), fonts
    assert whole[1].missing == ()


def test_names_of_other_alphabets_are_written_right(print_view):
    packet = samples.entry()
    names = "Hana Vranić, Ångström, Łukasz, Đỗ Thị Hạnh, Юлія Їжакевич, Ελένη"
    words = texts(print_view(replace(packet, candidate=replace(packet.candidate, name=names)))[1].pdf)
    assert names in re.sub(r"\s+", " ", words[0])


def test_a_sign_without_a_shape_is_told(print_view):
    packet = samples.entry()
    printed = print_view(replace(packet, candidate=replace(packet.candidate, name="Egyptian \U00013000")))[1]
    assert printed.missing == ("\U00013000",)


def test_a_long_case_is_printed_whole(print_view):
    _, printed = print_view(samples.long())
    pages = read(printed.pdf).pages
    assert len(pages) == printed.pages == 49
    assert f"Page {printed.pages} of {printed.pages}" in pages[-1].extract_text()
    assert [title for title, _ in outline(printed.pdf)][3:11] == [
        f"{number}. {name} {turn}"
        for number, (turn, name) in enumerate(
            [
                (turn, name)
                for turn in (1, 2)
                for name in ("Hard skills", "Cross-functionality", "Leadership", "Accountability")
            ],
            1,
        )
    ]


def test_a_case_of_few_words_has_few_pages(print_view):
    _, printed = print_view(samples.entry())
    assert outline(printed.pdf) == [
        ("Noor Abdi", 1),
        ("Contents", 2),
        ("At a glance", 3),
        ("Role fit", 4),
        ("1. Hard skills", 4),
        ("2. Leadership", 4),
        ("All evidence", 4),
        ("Notes for the reader", 5),
    ]


@pytest.mark.parametrize(
    ("view", "phase", "sentences", "pages"),
    [
        (View.CANDIDATE, Phase.ANNOUNCED, 16, 1),
        (View.CANDIDATE, Phase.ANNOUNCED, 17, 1),
        (View.COMMITTEE, Phase.REVEALED, 37, 2),
    ],
)
def test_the_last_box_of_a_criterion_stands_on_no_page_of_its_own(print_view, view, phase, sentences, pages):
    """All are set so close that as many words as these leave room for it."""
    words = "I planned the work with the people who had to live with it, and wrote down what we left out. "
    packet = samples.whole()
    criterion = replace(packet.criteria[0], self_review=words * sentences)
    packet = replace(packet, criteria=(criterion, *packet.criteria[1:]))
    _, printed = print_view(packet, view, phase)
    told = [("At a glance", 3), ("1. Hard skills", 4), ("2. Cross-functionality", 4 + pages)]
    assert outline(printed.pdf)[2:5] == told


def test_long_names_leave_room_in_the_running_head(print_view):
    packet = samples.entry()
    asked = "Hard skills and everything else that a large organisation asks of people"
    wordy = replace(packet.criteria[0], name=asked, self_review="A word. " * 900)
    named = replace(packet, candidate=replace(packet.candidate, name="Noor " * 30), criteria=(wordy,))
    page = " ".join(texts(print_view(named)[1].pdf)[5].split())
    assert f"PR-2026-031 · {'Noor ' * 9}Noor…, IC1 1. Hard skills and everything else that a l…" in page


def test_levels_without_a_code_are_whole_in_the_running_head_where_there_is_room(print_view):
    packet = samples.whole()
    levels = [
        replace(level, code=name)
        for level, name in zip(
            (packet.case.from_level, packet.case.to_level), ("Engineer", "Senior Engineer 1"), strict=True
        )
    ]
    packet = replace(packet, case=replace(packet.case, from_level=levels[0], to_level=levels[1]))
    head = f"{packet.case.code} · {packet.candidate.name}, Engineer – Senior Engineer 1 "
    assert head in " ".join(texts(print_view(packet)[1].pdf)[3].split())


def test_those_who_vote_find_boxes_for_all_that_they_will_be_asked(whole):
    notes = " ".join(texts(whole[1].pdf)[-1].split())
    assert [notes.count(word) for word in ("Below", "Cannot tell", "Promote", "Not yet", "Not met")] == [4, 4, 1, 1, 1]


def test_a_panel_of_a_people_manager_is_shown(print_view):
    glance = texts(print_view(samples.with_panel())[1].pdf)[2]
    assert "Leadership panel" in glance
    assert "Wilhelmina Achterberg" in glance


PROGRAM = """
import hashlib, sys
from review.adapters.pdf import print_packet
print(hashlib.sha256(print_packet(sys.stdin.buffer.read(), view="committee").pdf).hexdigest())
"""


def test_the_same_content_gives_the_same_bytes_in_another_process(whole):
    content, printed = whole

    def run(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": seed}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, input=content, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    assert {run("0"), run("77")} == {hashlib.sha256(printed.pdf).hexdigest()}


@pytest.mark.parametrize("view", [View.MANAGER, View.CANDIDATE, View.SKIP_LEVEL])
def test_only_those_who_vote_get_a_page_for_notes(print_view, view):
    titles = [title for title, _ in outline(print_view(samples.whole(), view, Phase.ANNOUNCED)[1].pdf)]
    assert "Notes for the reader" not in titles


def test_a_letter_has_its_findings_gaps_and_appeal(pool):
    content = write_letter(samples.letter())
    assert read_letter(content) == samples.letter()
    pdf = pool.run(render_letter_pdf, content)
    words = re.sub(r"\s+", " ", " ".join(texts(pdf)))
    for part in (
        "Your promotion to Staff PM: not yet",
        "What the decision rests on",
        "The winter timetable, cut into three choices, each with its cost. E1",
        "G1 Cross- functionality by 1 June 2027 new",
        "from an earlier decision",
        "Ruta Meškauskienė",
        "If you do not agree",
    ):
        assert part in words
    assert pool.run(render_letter_pdf, content) == pdf
    assert embedded(pdf) == {}
