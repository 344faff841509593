"""Whole, changed, or not ours: what is told of a file, and by the command."""

import json
from io import BytesIO

import pikepdf
import pytest
from click.testing import CliRunner

from review.adapters.packet_receipt import Receipt, Verdict, verify_packet
from review.cli.packet import packet as command
from review.domain.canonical_json import digest
from review.domain.text import plural, text
from tests.packet import samples


def edited(pdf: bytes, change) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as file:
        change(file)
        result = BytesIO()
        file.save(result)
    return result.getvalue()


def test_a_packet_as_printed_is_whole(whole):
    content, printed = whole
    assert verify_packet(printed.pdf) == Receipt(Verdict.WHOLE, (), "PR-2026-017", "committee", digest(content), 13)


def test_a_copy_saved_again_is_still_whole(whole):
    assert verify_packet(edited(whole[1].pdf, lambda file: None)).verdict is Verdict.WHOLE


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
    assert [str(reason) for reason in receipt.reasons] == ["Page 5 does not carry the digest of the embedded content"]


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
