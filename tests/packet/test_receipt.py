"""Whole, changed, or not ours: what is told of a file, and by the command."""

import json
import random
import re
from io import BytesIO

import pikepdf
import pytest
from click.testing import CliRunner

from review.adapters.packet_proof import Proof
from review.adapters.packet_receipt import Receipt, Verdict, verify_packet
from review.adapters.packet_seal import seal_file
from review.cli.packet import packet as command
from review.domain.canonical_json import digest
from review.domain.text import plural, text
from tests.packet import samples


def edited(pdf: bytes, change) -> bytes:
    """Return the PDF with a change, and with a seal that whoever changed it could make as well."""
    with pikepdf.open(BytesIO(pdf)) as file:
        change(file)
        result = BytesIO()
        file.save(result)
    return seal_file(result.getvalue())


def test_a_packet_as_printed_is_whole(whole):
    content, printed = whole
    assert verify_packet(printed.pdf) == Receipt(
        Verdict.WHOLE, (), "PR-2026-017", "committee", digest(content), 13, Proof(is_sealed=True)
    )


SEAL_IS_GONE = "The file has no seal at its end: something was added, cut off or saved again by another program"
SEAL_IS_BROKEN = "The file is not byte for byte as it was sealed"


def test_a_file_saved_again_has_lost_its_seal(whole):
    with pikepdf.open(BytesIO(whole[1].pdf)) as file:
        result = BytesIO()
        file.save(result)
    receipt = verify_packet(result.getvalue())
    assert (receipt.verdict, [str(one) for one in receipt.reasons]) == (Verdict.CHANGED, [SEAL_IS_GONE])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda pdf: pdf + b"\n", SEAL_IS_BROKEN),
        (lambda pdf: pdf + b"%%EOF\n", SEAL_IS_BROKEN),
        (lambda pdf: pdf + b"startxref\n0\n%%EOF\n", SEAL_IS_GONE),
        (lambda pdf: b"\n" + pdf, SEAL_IS_BROKEN),
        (lambda pdf: re.sub(rb"%dualtrack[^\n]+\n", b"", pdf), SEAL_IS_GONE),
    ],
)
def test_what_is_added_to_a_file_or_taken_off_is_found_out(whole, change, reason):
    receipt = verify_packet(change(whole[1].pdf))
    assert (receipt.verdict, str(receipt.reasons[0])) == (Verdict.CHANGED, reason)


def test_every_flipped_bit_is_found_out(whole):
    pdf, chance = whole[1].pdf, random.Random(17)
    found = set()
    for _ in range(40):
        flipped = bytearray(pdf)
        flipped[chance.randrange(len(pdf))] ^= 1 << chance.randrange(8)
        found.add(verify_packet(bytes(flipped)).verdict)
    assert found == {Verdict.CHANGED}


def test_a_file_cut_short_is_not_whole(whole):
    for kept in (100, len(whole[1].pdf) // 2, len(whole[1].pdf) - 300, len(whole[1].pdf) - 1):
        assert verify_packet(whole[1].pdf[:kept]).verdict is not Verdict.WHOLE


def test_other_content_is_found_out_on_every_page(whole):
    other = whole[0].replace(b"Passengers", b"Travellers")

    def change(file):
        file.attachments["packet.json"] = pikepdf.AttachedFileSpec(file, other)

    receipt = verify_packet(edited(whole[1].pdf, change))
    assert (receipt.verdict, receipt.digest) == (Verdict.CHANGED, digest(other))
    assert receipt.reasons == (
        text("The digest on the cover is not that of the embedded content, %(digest)s", digest=digest(other)),
        plural(
            "Page %(pages)s does not carry the digest of the embedded content",
            "Pages %(pages)s do not carry the digest of the embedded content",
            13,
            pages="1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13",
        ),
    )


def test_content_in_another_form_is_found_out(whole):
    def change(file):
        loose = json.dumps(json.loads(whole[0])).encode()
        file.attachments["packet.json"] = pikepdf.AttachedFileSpec(file, loose)

    reasons = verify_packet(edited(whole[1].pdf, change)).reasons
    assert reasons[0] == text("The embedded content is not in the form in which packets are written")


def test_a_page_slipped_in_is_found_out(whole, print_view):
    other = print_view(samples.entry())[1].pdf

    def change(file):
        with pikepdf.open(BytesIO(other)) as stranger:
            file.pages.insert(4, stranger.pages[2])

    receipt = verify_packet(edited(whole[1].pdf, change))
    assert (receipt.verdict, receipt.pages) == (Verdict.CHANGED, 14)
    assert [str(reason) for reason in receipt.reasons] == [
        "Page 5 does not carry the digest of the embedded content",
        "Pages 6, 7, 8, 9, 10, 11, 12, 13, 14 of the file say that they are other ones",
        "The pages say that there are 13 of them; the file has 14",
    ]


def test_content_that_is_no_packet_is_found_out(whole):
    def change(file):
        file.attachments["packet.json"] = pikepdf.AttachedFileSpec(file, b"{}")

    receipt = verify_packet(edited(whole[1].pdf, change))
    assert receipt.verdict is Verdict.CHANGED
    assert "The embedded content is no packet: case: Field required" in [str(reason) for reason in receipt.reasons]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda pdf: b"no pdf at all", "This file cannot be read as PDF"),
        (
            lambda pdf: edited(pdf, lambda file: file.attachments.__delitem__("packet.json")),
            "No packet is embedded in this file",
        ),
    ],
)
def test_what_is_not_a_packet_is_not_ours(whole, make, reason):
    receipt = verify_packet(make(whole[1].pdf))
    assert (receipt.verdict, [str(one) for one in receipt.reasons]) == (Verdict.FOREIGN, [reason])


def test_the_command_tells_each_file_and_ends_with_1_when_one_is_not_whole(whole, tmp_path):
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(whole[1].pdf)
    bad.write_bytes(b"no pdf at all")
    runner = CliRunner()
    alone = runner.invoke(command, ["verify", str(good)])
    assert (alone.exit_code, alone.output) == (0, f"{good}: whole PR-2026-017, committee view, 13 pages\n")
    both = runner.invoke(command, ["verify", str(good), str(bad)])
    assert both.exit_code == 1
    assert both.output.splitlines()[1:] == [f"{bad}: not ours", "  This file cannot be read as PDF"]
    told = json.loads(runner.invoke(command, ["verify", "--json", str(good), str(bad)]).output)
    assert [receipt["verdict"] for receipt in told.values()] == ["whole", "not ours"]
    assert told[str(good)]["digest"] == digest(whole[0])
