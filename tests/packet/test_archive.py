"""A packet for the archive: what PDF/A-3u asks for, read with a PDF library; no validator of PDF/A is at hand here."""

import re
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest

from review.adapters.packet_archive import print_for_archive
from review.adapters.packet_keys import make_key
from review.adapters.packet_proof import Keys
from review.adapters.packet_receipt import Verdict, verify_packet
from review.adapters.packet_signature import Signing, sign_file
from review.domain.canonical_json import digest
from review.domain.errors import Invalid
from review.domain.packet_json import write_packet
from review.domain.packet_view import View, view_of
from review.domain.phase import Phase
from tests.packet import samples

FORBIDDEN = ("/AA", "/OpenAction", "/JavaScript", "/XFA", "/NeedsRendering", "/Encrypt")
PERMITTED = {"/Link": 4, "/Widget": 132}
"""Kinds of annotations, each with its flags: printed, and neither hidden nor without a view."""


@pytest.fixture(scope="module")
def content() -> bytes:
    return write_packet(view_of(samples.whole(), View.COMMITTEE, Phase.REVEALED))


@pytest.fixture(scope="module")
def archive(pool, content) -> bytes:
    return pool.run(print_for_archive, content, view="committee").pdf


@pytest.fixture(scope="module")
def signing(tmp_path_factory) -> Signing:
    return Signing(make_key(tmp_path_factory.mktemp("key") / "signing.pem", "Skarvsund Ferries"), samples.SEALED_AT)


@pytest.fixture(params=["sealed", "signed"])
def file(request, archive, signing):
    """Give an archive's file, opened: sealed, and signed."""
    pdf = archive if request.param == "sealed" else sign_file(archive, signing)
    with pikepdf.open(BytesIO(pdf)) as file:
        yield file


def test_it_says_which_variant_it_is_and_only_that(file):
    metadata = file.Root.Metadata.read_bytes().decode()
    assert re.findall(r'pdfaid:(\w+)="(\w+)"', metadata) == [("part", "3"), ("conformance", "U")]
    assert "pdfuaid" not in metadata
    assert "/Filter" not in file.Root.Metadata
    assert file.pdf_version == "1.7"
    assert len(file.trailer.ID) == 2


def test_what_metadata_and_the_older_information_say_is_the_same(file):
    metadata = file.Root.Metadata.read_bytes().decode()
    told = {name: str(file.docinfo[name]) for name in file.docinfo}
    assert sorted(told) == ["/Author", "/Creator", "/Producer", "/Subject", "/Title"]
    assert [each for each in told.values() if each not in metadata] == []


def test_its_colours_have_a_profile(file):
    (intent,) = file.Root.OutputIntents
    profile = intent.DestOutputProfile.read_bytes()
    assert (str(intent.S), int(intent.DestOutputProfile.N)) == ("/GTS_PDFA1", 3)
    assert (profile[12:16], profile[16:20], profile[36:40]) == (b"mntr", b"RGB ", b"acsp")
    assert "sRGB" in str(intent.OutputConditionIdentifier)


def test_the_json_is_its_source_with_fixed_dates(file, content):
    (source,) = file.Root.AF
    assert source.objgen == file.attachments["packet.json"].obj.objgen
    embedded = source.EF.F
    assert (str(source.AFRelationship), str(source.F), str(source.UF)) == ("/Source", "packet.json", "packet.json")
    assert str(embedded.Subtype) == "/application/json"
    dates = {str(embedded.Params[name]) for name in ("/CreationDate", "/ModDate")}
    assert dates == {samples.SEALED_AT.strftime("D:%Y%m%d%H%M%SZ")}
    assert embedded.read_bytes() == content


def test_every_font_is_inside_and_every_sign_has_its_words(file):
    fonts = [each for each in file.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"]
    whole = [font for font in fonts if font.get("/Subtype") == "/Type0"]
    assert len(whole) > 4
    for font in whole:
        (inner,) = font.DescendantFonts
        assert "/FontFile2" in inner.FontDescriptor or "/FontFile3" in inner.FontDescriptor
        words = re.findall(rb"<[0-9a-f]{4}> <([0-9a-f]+)>", font.ToUnicode.read_bytes(), re.IGNORECASE)
        assert words
        assert [each for each in words if each.lower() in (b"0000", b"feff", b"fffe")] == []


def test_no_page_shows_an_empty_box_or_a_sign_without_words(file):
    for page in file.pages:
        fonts = {str(name): font for name, font in page.resources.Font.items()}
        table = {}
        for step in pikepdf.parse_content_stream(page):
            if str(step.operator) == "Tf":
                read = fonts[str(step.operands[0])].ToUnicode.read_bytes()
                table = set(re.findall(rb"<([0-9a-f]{4})> <", read, re.IGNORECASE))
            elif str(step.operator) in ("Tj", "TJ"):
                shown = step.operands[0] if str(step.operator) == "TJ" else [step.operands[0]]
                codes = b"".join(bytes(one) for one in shown if isinstance(one, pikepdf.String))
                drawn = {codes[at : at + 2].hex().encode() for at in range(0, len(codes), 2)}
                assert drawn <= {each.lower() for each in table}
                assert b"0000" not in drawn


def test_nothing_in_it_runs_asks_or_hides(file):
    assert [name for name in FORBIDDEN if name in file.Root or name in file.trailer] == []
    found = {}
    for each in file.objects:
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            assert [name for name in FORBIDDEN if name in each] == []
            assert each.get("/Filter") not in ("/LZWDecode", "/Crypt")
        if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Annot":
            found[str(each.Subtype)] = int(each.F)
            assert "/AP" in each or each.Subtype == "/Link" or list(each.Rect) == [0, 0, 0, 0]
    assert found.items() <= PERMITTED.items()


def test_it_is_a_packet_whole_until_it_is_changed(archive, signing, content):
    signed, keys = sign_file(archive, signing), Keys(frozenset({signing.key.fingerprint}), is_demanded=True)
    receipt = verify_packet(signed, keys)
    assert (receipt.verdict, receipt.digest, receipt.pages) == (Verdict.WHOLE, digest(content), 13)
    assert verify_packet(archive).verdict is Verdict.WHOLE
    assert verify_packet(archive, keys).verdict is Verdict.CHANGED
    assert verify_packet(signed.replace(b"endobj", b"endobJ", 1), keys).verdict is Verdict.CHANGED


def test_a_sign_without_a_shape_is_refused(pool):
    packet = samples.entry()
    named = replace(packet, candidate=replace(packet.candidate, name="Egyptian \U00013000"))
    odd = write_packet(view_of(named, View.COMMITTEE, Phase.REVEALED))
    with pytest.raises(Invalid) as error:
        pool.run(print_for_archive, odd, view="committee")
    assert "U+13000" in str(error.value)
