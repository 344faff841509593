"""A reader's own copy: one line on each page and nothing else, whole, the same each time, in any script."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from pypdf import PdfReader

from review.adapters.glyphs import find_face, set_line
from review.adapters.packet_copies import CopyLine, PrintDamaged, copy_path, make_copy, read_copy, stamp_copy
from review.adapters.packet_receipt import Verdict, verify_packet
from review.adapters.packet_seal import seal_file
from review.adapters.paper import Size
from tests.packet import samples

MADE_AT = datetime(2026, 11, 18, 9, 32, tzinfo=UTC)
MIKA = CopyLine(3, "Mika Saar", MADE_AT, "Europe/Berlin")
OMAR = CopyLine(4, "Omar Haddad", MADE_AT, "Asia/Tokyo")
SAID = "Copy 3 for Mika Saar, 18 November 2026, 10:32 CET"


@pytest.fixture(scope="module")
def copy(whole) -> bytes:
    return stamp_copy(whole[1].pdf, MIKA.say())


def lines(pdf: bytes) -> list[list[str]]:
    """Return, for each page, the lines that are there in a copy."""
    return [
        [line for line in page.extract_text().splitlines() if "Copy" in line] for page in PdfReader(BytesIO(pdf)).pages
    ]


def parts(pdf: bytes, *, is_copy: bool) -> dict[str, object]:
    """Return what a file holds, the line of a copy left out: pages, links, tags, bookmarks, attachments, metadata."""
    with pikepdf.open(BytesIO(pdf)) as file:
        pages = []
        for page in file.pages:
            streams = list(page.obj.Contents) if is_copy else [page.obj.Contents]
            drawn = b"".join(stream.read_bytes() for stream in (streams[1:-1] if is_copy else streams))
            fonts = sorted(str(name) for name in page.obj.Resources.Font if name != "/CopyLine")
            notes = [(str(note.get("/Dest", note.get("/A"))), list(note.Rect)) for note in page.obj.get("/Annots", [])]
            pages.append((hashlib.sha256(drawn).hexdigest(), fonts, notes, page.mediabox, page.obj.StructParents))
        return {
            "pages": pages,
            "content": file.attachments["packet.json"].get_file().read_bytes(),
            "metadata": file.Root.Metadata.read_bytes(),
            "kinds": tags(file),
            "lang": str(file.Root.Lang),
        }


def tags(file: pikepdf.Pdf) -> list[str]:
    """Return the kinds of all elements of the structure, in reading order."""
    found, waiting = [], [file.Root.StructTreeRoot]
    while waiting:
        element = waiting.pop()
        if isinstance(element, pikepdf.Array):
            waiting.extend(reversed(list(element)))
        elif isinstance(element, pikepdf.Dictionary):
            found.append(str(element.get("/S", "")))
            waiting.append(element.get("/K", pikepdf.Array()))
    return found


def test_the_line_stands_on_every_page_once(copy):
    assert lines(copy) == [[SAID]] * 13


def test_the_line_is_an_artifact_and_its_letters_are_in_the_file(copy):
    with pikepdf.open(BytesIO(copy)) as file:
        for page in file.pages:
            steps = [(str(step.operator), list(step.operands)) for step in pikepdf.parse_content_stream(page)]
            begin = max(at for at, (operator, _) in enumerate(steps) if operator == "BDC")
            assert steps[begin][1][0] == pikepdf.Name.Artifact
            assert [operator for operator, _ in steps[begin + 1 :]] == [
                "q",
                "rg",
                "BT",
                "Tf",
                "Tm",
                "TJ",
                "ET",
                "Q",
                "EMC",
            ]
            font = page.obj.Resources.Font["/CopyLine"]
            assert len(font.Widths) == len(font.CharProcs.keys()) == len(set(SAID))
            assert steps[0] == ("q", [])
            depth = sum({"q": 1, "Q": -1}.get(operator, 0) for operator, _ in steps)
            assert depth == 0


def test_everything_else_is_as_it_was_printed(whole, copy):
    assert parts(copy, is_copy=True) == parts(whole[1].pdf, is_copy=False)
    before, after = (PdfReader(BytesIO(pdf)) for pdf in (whole[1].pdf, copy))
    places = [
        {name: reader.get_destination_page_number(place) for name, place in reader.named_destinations.items()}
        for reader in (before, after)
    ]
    assert places[0] == places[1]
    assert [entry.title for entry in before.outline if not isinstance(entry, list)] == [
        entry.title for entry in after.outline if not isinstance(entry, list)
    ]


def test_two_copies_differ_in_the_line_alone(whole, copy):
    other = stamp_copy(whole[1].pdf, OMAR.say())
    assert parts(copy, is_copy=True) == parts(other, is_copy=True)
    assert lines(other) == [["Copy 4 for Omar Haddad, 18 November 2026, 18:32 +0900"]] * 13
    for pdf, stranger in ((copy, "Omar Haddad"), (other, "Mika Saar")):
        assert stranger not in "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_the_same_copy_has_the_same_bytes(whole, copy):
    assert stamp_copy(whole[1].pdf, MIKA.say()) == copy


def test_a_copy_is_whole_and_a_changed_one_is_not(whole, copy):
    assert verify_packet(copy) == verify_packet(whole[1].pdf)
    assert verify_packet(copy).verdict is Verdict.WHOLE
    assert verify_packet(copy.replace(b"endobj", b"endobJ", 1)).verdict is Verdict.CHANGED
    assert verify_packet(copy + b"%").verdict is Verdict.CHANGED
    with pikepdf.open(BytesIO(copy)) as file:
        for page in file.pages:
            page.obj.Contents = list(page.obj.Contents)[1]
        bare = BytesIO()
        file.save(bare)
    assert verify_packet(bare.getvalue()).verdict is Verdict.CHANGED


@pytest.mark.parametrize("size", [Size.A4, Size.LETTER])
@pytest.mark.parametrize("name", ["Mika Saar", "Wilhelmina-Theodora Achterberg " * 6])
def test_the_line_stays_in_the_margin(print_view, size, name):
    printed = print_view(samples.entry(), size=size)[1]
    line = replace(MIKA, name=name).say()
    copy = stamp_copy(printed.pdf, line)
    width, height = {Size.A4: (595, 842), Size.LETTER: (612, 792)}[size]
    page = PdfReader(BytesIO(copy)).pages[1]
    spots = []
    page.extract_text(visitor_text=lambda text, _cm, tm, _font, _size: spots.append((text.strip(), tm)))
    (_, place) = next((text, tm) for text, tm in spots if text.startswith("Copy 3"))
    assert [round(number) for number in place] == [0, 1, -1, 0, width - 24, 68]
    with pikepdf.open(BytesIO(copy)) as file:
        steps = pikepdf.parse_content_stream(file.pages[1])
        size_of = next(float(step.operands[1]) for step in reversed(list(steps)) if str(step.operator) == "Tf")
    assert sum(each.advance for each in set_line(line)) / 1000 * size_of <= height - 2 * 68 + 0.1


@pytest.mark.parametrize(
    "name", ["Đỗ Thị Hạnh", "Łukasz Żółć", "Юлія Їжакевич", "Ελένη Παπαδοπούλου", "O’Brien-Ångström", "Zo\u0308e"]
)
def test_names_of_other_alphabets_are_selected_as_they_are_written(whole, name):
    stamped = lines(stamp_copy(whole[1].pdf, replace(MIKA, name=name).say()))
    assert stamped[0] == [SAID.replace("Mika Saar", name.replace("o\u0308", "ö"))]


def test_a_right_to_left_name_stands_from_right_to_left():
    placed = set_line("Copy 3 for דנה כהן, 18 November")
    assert "".join(each.glyph.words for each in placed) == "Copy 3 for ןהכ הנד, 18 November"
    assert "".join(each.glyph.words for each in set_line("דנה Smith")) == "Smith הנד"


def test_letters_that_join_are_joined():
    joined, apart = set_line("محمد"), set_line("م ح م د")
    assert [each.glyph.words for each in joined] == ["د", "م", "ح", "م"]
    alone = {each.glyph.words: each.glyph.outline for each in apart}
    assert joined[1].glyph.outline != alone["م"]


def test_a_sign_that_no_font_has_is_an_empty_box():
    (box,) = set_line("\U00013000")
    assert (box.glyph.words, box.advance) == ("\U00013000", 600)


@pytest.mark.parametrize("answer", ["", "a file\n0", "{folder}/no.ttf\n0", "{folder}/broken.ttf\n0"])
def test_a_font_that_cannot_be_read_is_no_font(tmp_path, monkeypatch, answer):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    program = tmp_path / "fc-match"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{answer.format(folder=tmp_path)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    find_face.cache_clear()
    assert find_face("\U00013001") is None
    find_face.cache_clear()


def test_a_name_cannot_change_the_direction_or_begin_a_line():
    said = replace(MIKA, name="Mika\u202e\nSaar\u200b").say()
    assert said == SAID


def test_a_copy_is_kept_where_its_print_reader_and_number_say(tmp_path, whole):
    source = hashlib.sha256(whole[1].pdf).hexdigest()
    (tmp_path / "print.pdf").write_bytes(whole[1].pdf)
    paths = {copy_path(source, reader, number, case_id=7) for reader in (1, 2) for number in (1, 2)}
    assert len(paths) == 4
    path = copy_path(source, 1, 1, case_id=7)
    digest = make_copy(tmp_path, path, "print.pdf", source, MIKA)
    copy = read_copy(tmp_path, path, digest)
    assert copy == stamp_copy(whole[1].pdf, MIKA.say())
    (tmp_path / path).write_bytes(b"damaged")
    assert read_copy(tmp_path, path, digest) is None
    assert make_copy(tmp_path, path, "print.pdf", source, MIKA) == digest


def test_a_damaged_print_is_never_sealed_as_a_copy(tmp_path, whole):
    source = hashlib.sha256(whole[1].pdf).hexdigest()
    for damaged in (whole[1].pdf[:-1], seal_file(whole[1].pdf)):
        (tmp_path / "print.pdf").write_bytes(damaged)
        with pytest.raises(PrintDamaged):
            make_copy(tmp_path, "copy.pdf", "print.pdf", source, MIKA)
    (tmp_path / "print.pdf").unlink()
    with pytest.raises(PrintDamaged):
        make_copy(tmp_path, "copy.pdf", "print.pdf", source, MIKA)
    assert not (tmp_path / "copy.pdf").exists()
