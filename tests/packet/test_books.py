"""Books of real packets: every link, label, bookmark and word where it belongs, the structure whole, fonts shared."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from review.adapters.book import merge_to_file
from review.adapters.book_typefaces import read_advances
from review.adapters.packet_receipt import Verdict, verify_packet
from review.adapters.packet_seal import seal_file
from review.domain.canonical_json import canonical_json
from review.domain.packet_view import View
from tests.packet import samples

FRONT = 2
MADE_AT = "2026-11-22T09:32:00+00:00"
LINE = "Book 7 for Mika Saar, 22 November 2026, 11:32 EET"
ORDER = ("whole", "entry", "whole", "panel")


@pytest.fixture(scope="module")
def prints(print_view):
    """Print three packets, one of which stands in the book twice: its anchors have the same names."""
    other = replace(samples.whole(), candidate=replace(samples.whole().candidate, name="Søren Ødegård"))
    found = {"whole": samples.whole(), "entry": samples.entry(), "panel": other}
    return {name: print_view(packet, View.COMMITTEE)[1] for name, packet in found.items()}


@pytest.fixture(scope="module")
def asked(prints, tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("book")
    packets = []
    for number, name in enumerate(ORDER, 1):
        printed = prints[name]
        (folder / f"{name}.pdf").write_bytes(printed.pdf)
        digest = hashlib.sha256(printed.pdf).hexdigest()
        told = {"candidate": f"{name} {number}", "levels": ["IC3", "IC4"], "case_code": f"PR-{number}"}
        packets.append({"path": f"{name}.pdf", "digest": digest, "pages": printed.pages, **told})
    cover = {
        "committee": "Committee Ä",
        "cycle": "Autumn",
        "company": "Ferry Lines",
        "reader": "Mika Saar",
        "number": 7,
    }
    return {
        "folder": str(folder),
        "path": "books/b.pdf",
        "made_at": MADE_AT,
        "zone": "Europe/Tallinn",
        **cover,
        "packets": packets,
    }


@pytest.fixture(scope="module")
def made(pool, asked) -> dict[str, Any]:
    return pool.run(merge_to_file, asked)


@pytest.fixture(scope="module")
def pdf(made, asked, tmp_path_factory) -> bytes:
    return (Path(asked["folder"]) / made["path"]).read_bytes()


def starts_of(asked) -> list[int]:
    """Return on which page, from 0, each packet begins; then the end."""
    starts = [FRONT]
    for each in asked["packets"]:
        starts.append(starts[-1] + each["pages"])
    return starts


def test_the_same_packets_make_the_same_bytes(pool, asked, made, pdf) -> None:
    assert (made["digest"], made["size"]) == (hashlib.sha256(pdf).hexdigest(), len(pdf))
    assert pool.run(merge_to_file, {**asked, "path": "books/again.pdf"})["digest"] == made["digest"]
    assert made["pages"] == starts_of(asked)[-1]


def test_every_page_says_what_the_packet_says_and_where_it_stands(pdf, asked, prints) -> None:
    pages, at = PdfReader(BytesIO(pdf)).pages, FRONT
    for number, name in enumerate(ORDER, 1):
        for inner, page in enumerate(PdfReader(BytesIO(prints[name].pdf)).pages, 1):
            mark = f"{number:03}-{inner} · {at + 1}"
            words = [*page.extract_text().split(), *mark.split(), *LINE.split()]
            assert pages[at].extract_text().split() == words
            at += 1
    assert [page.extract_text().endswith(LINE) for page in pages[:FRONT]] == [True] * FRONT


def test_contents_lead_to_the_packets_with_their_page_numbers(pdf, asked) -> None:
    reader = PdfReader(BytesIO(pdf))
    starts = starts_of(asked)
    with pikepdf.open(BytesIO(pdf)) as book:
        places = {page.objgen: number for number, page in enumerate(book.pages)}
        links = [places[link.Dest[0].objgen] for link in book.pages[1].obj.Annots]
    assert links == [start for start in starts[:-1] for _ in range(2)]
    text = reader.pages[1].extract_text()
    assert [str(start + 1) in text.split() for start in starts[:-1]] == [True] * len(ORDER)


def test_every_link_stays_in_its_packet_and_leads_where_it_led(pdf, asked, prints) -> None:
    at, checked = FRONT, 0
    with pikepdf.open(BytesIO(pdf)) as book:
        places = {page.objgen: number for number, page in enumerate(book.pages)}
        for name in ORDER:
            with pikepdf.open(BytesIO(prints[name].pdf)) as packet:
                own = {page.objgen: number for number, page in enumerate(packet.pages)}
                names = list(packet.Root.Names.Dests.Names)
                anchors = {str(key): place for key, place in zip(names[::2], names[1::2], strict=True)}
                for number, page in enumerate(packet.pages):
                    links = list(page.obj.get("/Annots", []))
                    taken = list(book.pages[at + number].obj.get("/Annots", []))
                    for old, new in zip(links, taken, strict=True):
                        assert list(map(float, new.Rect)) == pytest.approx(list(map(float, old.Rect)), abs=0.001)
                        if "/Dest" not in old:
                            assert str(new.A.URI) == str(old.A.URI)
                            continue
                        goal = anchors[str(old.Dest)]
                        assert places[new.Dest[0].objgen] == at + own[goal[0].objgen]
                        assert abs(float(new.Dest[3]) - float(goal[3])) < 0.01
                        checked += 1
                at += len(packet.pages)
        assert "/Dests" not in book.Root.Names
    assert checked > 300


def test_labels_and_outline(pdf, asked) -> None:
    reader = PdfReader(BytesIO(pdf))
    counts = [each["pages"] for each in asked["packets"]]
    labels = [f"{n:03}-{page}" for n, count in enumerate(counts, 1) for page in range(1, count + 1)]
    assert reader.page_labels == ["i", "ii", *labels]
    starts = starts_of(asked)
    top = [(each["/Title"], reader.get_destination_page_number(each)) for each in reader.outline if "/Title" in each]
    assert top == [
        ("Committee Ä", 0),
        ("Contents", 1),
        *((f"{n}. {name} {n}, IC3 – IC4", starts[n - 1]) for n, name in enumerate(ORDER, 1)),
    ]
    inner = next(each for each in reader.outline if isinstance(each, list))
    assert [each["/Title"] for each in inner][:3] == ["Contents", "At a glance", "1. Hard skills"]
    assert all(starts[0] < reader.get_destination_page_number(each) < starts[1] for each in inner)


def test_the_structure_is_whole(pdf, asked, prints) -> None:
    """What is read aloud on a page of the book is what is read aloud on that page of the packet."""
    with pikepdf.open(BytesIO(pdf)) as book:
        tree = book.Root.StructTreeRoot
        parts = [kid for kid in tree.K[0].K if kid.S == "/Part"]
        assert [str(part.T) for part in parts] == [f"{n}. {name} {n}, IC3 – IC4" for n, name in enumerate(ORDER, 1)]
        said = read_aloud(book)
        assert book.Root.MarkInfo.Marked
    at = FRONT
    for name in ORDER:
        with pikepdf.open(BytesIO(prints[name].pdf)) as packet:
            own = read_aloud(packet)
        assert said[at : at + len(own)] == own
        assert sum(map(len, own)) > 100
        at += len(own)


def read_aloud(file: pikepdf.Pdf) -> list[set[Any]]:
    """Return for each page which of its words and links hang in the tree, by the keys that its structure has for it."""
    held: dict[Any, list[Any]] = {}
    walk(file.Root.StructTreeRoot.K[0], held)
    tree = file.Root.StructTreeRoot.ParentTree
    nums = [each for leaf in tree.get("/Kids", [tree]) for each in leaf.Nums]
    owners = {int(key): owner for key, owner in zip(nums[::2], nums[1::2], strict=True)}
    assert sorted(owners) == [int(key) for key in nums[::2]]
    found = []
    for page in file.pages:
        words: set[Any] = set()
        for mark, owner in enumerate(owners[int(page.obj.StructParents)]):
            if owner is not None and owner.objgen in held:
                assert (mark in held[owner.objgen], owner.Pg.objgen) == (True, page.objgen)
                words.add(mark)
        for number, link in enumerate(page.obj.get("/Annots", [])):
            assert link.objgen in held[owners[int(link.StructParent)].objgen]
            words.add(("link", number))
        found.append(words)
    return found


def walk(element: Any, held: dict[Any, list[Any]]) -> None:
    """Write down which words and links each element holds; each stands below the parent it names."""
    held[element.objgen] = []
    for kid in element.K:
        if isinstance(kid, int):
            held[element.objgen].append(int(kid))
        elif "/Obj" in kid:
            held[element.objgen].append(kid.Obj.objgen)
        else:
            assert kid.P.objgen == element.objgen
            walk(kid, held)


def test_headings_of_a_packet_stay_in_its_structure(pdf, prints) -> None:
    def headings(file: bytes) -> int:
        with pikepdf.open(BytesIO(file)) as one:
            return sum(str(each.get("/S", "")) in ("/H1", "/H2", "/H3", "/TH") for each in elements(one))

    assert headings(pdf) - sum(headings(prints[name].pdf) for name in ORDER) == 7  # two headings, five of the contents


def elements(file: pikepdf.Pdf) -> list[Any]:
    return [
        each for each in file.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/StructElem"
    ]


def test_a_typeface_is_in_the_book_once(pdf, prints) -> None:
    """Also where packets hold different signs of it: their files are put together."""
    with pikepdf.open(BytesIO(pdf)) as book:
        files = [each for each in book.objects if isinstance(each, pikepdf.Stream) and "/Length1" in each]
        names = {str(each.FontName).partition("+")[2] for each in book.objects if is_descriptor(each)}
    assert len(files) == len(names)
    assert len(pdf) < 0.75 * sum(len(prints[name].pdf) for name in ORDER)


def test_every_glyph_of_every_packet_is_drawn_as_it_was(pdf, prints) -> None:
    with pikepdf.open(BytesIO(pdf)) as book:
        at = FRONT
        for name in ORDER:
            with pikepdf.open(BytesIO(prints[name].pdf)) as packet:
                taken = outlines_of(book.pages[at])
                own = outlines_of(packet.pages[0])
                assert {face: own[face].keys() - taken[face].keys() for face in own} == {face: set() for face in own}
                assert all(taken[face][glyph] == own[face][glyph] for face in own for glyph in own[face])
                at += len(packet.pages)


def outlines_of(page: pikepdf.Page) -> dict[str, dict[int, Any]]:
    """Return the coordinates of every glyph that a page's fonts hold, read by another library."""
    found = {}
    for name, font in page.obj.Resources.Font.items():
        if name not in ("/BookMark", "/CopyLine"):
            file = TTFont(BytesIO(font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()))
            glyphs, order = file["glyf"], file.getGlyphOrder()
            used = read_advances(font.DescendantFonts[0].W)
            drawn = {number: glyphs[order[number]].getCoordinates(glyphs) for number in used}
            found[name] = {number: [list(part) for part in parts] for number, parts in drawn.items()}
    return found


def is_descriptor(value: Any) -> bool:
    return isinstance(value, pikepdf.Dictionary) and value.get("/Type") == "/FontDescriptor"


def test_an_embedded_packet_is_not_handed_on(pdf, asked) -> None:
    """What is embedded says whose book it is, and which prints are in it."""
    with pikepdf.open(BytesIO(pdf)) as book:
        assert list(book.attachments) == ["book.json"]
        told = json.loads(book.attachments["book.json"].get_file().read_bytes())
        files = [each for each in book.objects if isinstance(each, pikepdf.Stream)]
        assert len([each for each in files if each.get("/Type") == "/EmbeddedFile"]) == 1
    assert (told["reader"], told["number"], told["made_at"]) == ("Mika Saar", 7, MADE_AT)
    assert [each["print"] for each in told["packets"]] == [each["digest"] for each in asked["packets"]]


def test_a_packet_that_was_changed_is_refused(asked, tmp_path) -> None:
    packets = [{**asked["packets"][0], "digest": "0" * 64}]
    with pytest.raises(ValueError, match="not the file that was printed"):
        merge_to_file({**asked, "packets": packets})


def test_names_of_table_headers_are_those_of_one_packet(pdf) -> None:
    """A cell names the headers of its own packet, though the same packet is in the book twice."""
    with pikepdf.open(BytesIO(pdf)) as book:
        names = [str(each.ID) for each in elements(book) if "/ID" in each]
        meant = {str(one) for each in elements(book) for one in each.get("/A", {}).get("/Headers", [])}
    assert (len(names), len(names) > 100) == (len(set(names)), True)
    assert meant - set(names) == set()
    assert {name[:4] for name in meant} == {"001.", "002.", "003.", "004."} | {
        each[:4] for each in meant if each[3] != "."
    }


def test_the_line_of_the_reader_is_an_artifact(pdf) -> None:
    """Nothing of the line hangs in the structure, and the packet's own words are drawn as before."""
    with pikepdf.open(BytesIO(pdf)) as book:
        for page in book.pages:
            line = list(page.obj.Contents)[-1].read_bytes()
            assert (line[:28], line[-6:]) == (b"/Artifact <</Type /Paginatio", b"Q EMC\n")


def test_drawings_stand_in_the_pages(pdf, asked, prints) -> None:
    """Strips and icons are no objects of their own any more, but every line of them is drawn."""
    with pikepdf.open(BytesIO(pdf)) as book, pikepdf.open(BytesIO(prints["whole"].pdf)) as packet:
        forms = dict(packet.pages[0].obj.Resources.XObject)
        pages = book.pages[FRONT : starts_of(asked)[1]]
        assert [list(page.obj.Resources.XObject) for page in pages] == [[]] * len(pages)
        drawn = lines_in(pages)
        own = lines_in(packet.pages) + sum((Counter(lines_of(form.read_bytes())) for form in forms.values()), Counter())
        assert (len(forms) > 10, drawn) == (True, own)


def lines_in(pages: Any) -> Counter[str]:
    """Count what pages draw that is no text, by operator."""
    return sum(
        (
            Counter(
                lines_of(
                    page.obj.Contents[0].read_bytes()
                    if isinstance(page.obj.Contents, pikepdf.Array)
                    else page.obj.Contents.read_bytes()
                )
            )
            for page in pages
        ),
        Counter(),
    )


def lines_of(content: bytes) -> list[str]:
    return re.findall(rb"(?<= )[mlc](?=\n)|(?<=\n)(?:f|B|S|f[*]|B[*])(?=\n)", content)


def test_a_book_says_whether_it_was_changed(pdf) -> None:
    """One that was flipped, added to, cut or saved again is told from one that is whole."""
    flipped = bytearray(pdf)
    flipped[len(pdf) // 2] ^= 1
    saved = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as book:
        del book.pages[-1]
        book.save(saved)
    receipt = verify_packet(pdf)
    assert (receipt.verdict, receipt.case_code) == (Verdict.WHOLE, "Committee Ä, book 7 for Mika Saar")
    for other in (bytes(flipped), pdf + b"\n", pdf[:-10], saved.getvalue()):
        assert verify_packet(other).verdict is Verdict.CHANGED


def test_a_book_whose_pages_are_those_of_another_is_told(pdf) -> None:
    """Sealed anew, what is embedded has to fit the pages."""
    held = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as book:
        told = json.loads(book.attachments["book.json"].get_file().read_bytes())
        told["reader"] = "Aya Okafor"
        book.attachments["book.json"] = pikepdf.AttachedFileSpec(book, canonical_json(told), filename="book.json")
        book.save(held)
    receipt = verify_packet(seal_file(held.getvalue()))
    assert [str(each) for each in receipt.reasons] == [
        "Cover or contents do not carry the digest of the embedded content"
    ]
