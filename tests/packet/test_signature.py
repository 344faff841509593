"""Signed packets: one key an installation, the whole file under it, and what becomes of it told in words."""

import asyncio
import hashlib
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import cms, core, x509
from click.testing import CliRunner
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from review.adapters.book import merge_to_file
from review.adapters.packet_archive import print_for_archive
from review.adapters.packet_cms import SignatureBroken, check_signature, sign_digest
from review.adapters.packet_copies import CopyLine, stamp_copy
from review.adapters.packet_keys import (
    KeyDamaged,
    KeyThere,
    certificate_beside,
    known_keys,
    make_key,
    read_key,
    replace_key,
)
from review.adapters.packet_proof import Keys, read_proof
from review.adapters.packet_receipt import Verdict, verify_packet
from review.adapters.packet_seal import seal_file
from review.adapters.packet_signature import LENGTH, Signing, sign_file
from review.cli.packet import packet as command
from review.config import ROOT
from tests.packet import samples

AT = samples.SEALED_AT
LINE = CopyLine(3, "Mika Saar", AT, "Europe/Berlin").say()
ONE_MORE = "The file has 1 byte more than was signed: something was added or saved later"
BROKEN = "The file is not byte for byte as it was signed"
TAKEN_OFF = "The file says that it is signed, but its signature was taken off or destroyed"
MISSING = "The file has no signature: it was taken off, or the file is older than the key"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give where the installation's key is, made."""
    path = tmp_path_factory.mktemp("installation") / "signing.pem"
    make_key(path, "Skarvsund Ferries")
    return path


@pytest.fixture(scope="module")
def signing(place) -> Signing:
    return Signing(read_key(place), AT)


@pytest.fixture(scope="module")
def keys(signing) -> Keys:
    """Give what an installation with this key knows and demands."""
    return Keys(frozenset({signing.key.fingerprint}), is_demanded=True)


@pytest.fixture(scope="module")
def signed(whole, signing) -> bytes:
    return stamp_copy(whole[1].pdf, LINE, signing)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory) -> Signing:
    path = tmp_path_factory.mktemp("stranger") / "signing.pem"
    return Signing(make_key(path, "Skarvsund Ferries"), AT)


def told_of(pdf: bytes, keys: Keys) -> tuple[Verdict, list[str]]:
    receipt = verify_packet(pdf, keys)
    return receipt.verdict, [str(reason) for reason in receipt.reasons]


def without_signature(pdf: bytes) -> pikepdf.Pdf:
    file = pikepdf.open(BytesIO(pdf))
    del file.Root.AcroForm
    del file.pages[0].obj.Annots[-1]
    return file


def saved(file: pikepdf.Pdf) -> bytes:
    result = BytesIO()
    file.save(result)
    return result.getvalue()


def test_a_signed_copy_is_whole_and_says_by_whom(signed, signing, keys):
    receipt = verify_packet(signed, keys)
    proof = receipt.proof
    assert (receipt.verdict, receipt.reasons) == (Verdict.WHOLE, ())
    assert (proof.key, proof.signer, proof.is_known) == (signing.key.fingerprint, "Skarvsund Ferries packets", True)
    assert (proof.is_signed, proof.is_sealed) == (True, False)


def in_own_thread(act, *given):
    """Return what is done beside this thread, in which a browser's loop may run from an earlier test."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(act, *given).result()


def test_another_program_finds_the_signature_valid_over_the_entire_file(signed, signing):
    root = x509.Certificate.load(signing.key.certificate)
    (found,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    status = in_own_thread(validate_pdf_signature, found, context)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.signer_reported_dt == AT
    start, before, after, rest = found.byte_range
    assert (start, after + rest, after - before) == (0, len(signed), 2 * LENGTH + 2)


def test_the_same_copy_has_the_same_signature_and_another_key_another_one(whole, signed, signing, stranger):
    assert stamp_copy(whole[1].pdf, LINE, signing) == signed
    other = stamp_copy(whole[1].pdf, LINE, stranger)
    assert (len(other), other == signed) == (len(signed), False)


def test_a_machine_without_a_key_takes_any_signature_and_names_the_key(signed, signing):
    receipt = verify_packet(signed)
    assert (receipt.verdict, receipt.proof.key, receipt.proof.is_known) == (
        Verdict.WHOLE,
        signing.key.fingerprint,
        False,
    )


def test_a_file_signed_anew_with_another_key_is_told(whole, keys, stranger):
    other = stamp_copy(whole[1].pdf, LINE, stranger)
    reason = f"The file was signed with a key that is not known here, {stranger.key.fingerprint}"
    assert told_of(other, keys) == (Verdict.CHANGED, [reason])
    assert told_of(other, Keys(is_demanded=True)) == (Verdict.CHANGED, [reason])


def test_a_signature_taken_off_does_not_pass_for_whole(signed, keys):
    bare = saved(without_signature(signed))
    assert told_of(seal_file(bare), keys) == (Verdict.CHANGED, [MISSING])
    assert told_of(seal_file(bare), Keys()) == (Verdict.WHOLE, [])
    assert told_of(bare, keys)[1][0] == MISSING
    still_says = bare.replace(b"startxref", b"%dualtrack signed " + b"0" * 64 + b"\nstartxref")
    assert told_of(still_says, Keys()) == (Verdict.CHANGED, [TAKEN_OFF])


def test_a_file_sealed_before_there_was_a_key_is_whole_where_that_is_allowed(whole, keys):
    assert told_of(whole[1].pdf, keys) == (Verdict.CHANGED, [MISSING])
    assert told_of(whole[1].pdf, Keys(keys.known)) == (Verdict.WHOLE, [])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda pdf: pdf + b"\n", ONE_MORE),
        (
            lambda pdf: pdf + b"99 0 obj\nnull\nendobj\n%%EOF\n",
            ONE_MORE.replace("1 byte more than was", "27 bytes more than were"),
        ),
        (lambda pdf: b"\n" + pdf, ONE_MORE),
        (lambda pdf: pdf[:-1], BROKEN),
        (lambda pdf: re.sub(rb"%dualtrack[^\n]+\n", b"", pdf), BROKEN),
        (lambda pdf: pdf.replace(b"endobj", b"endobJ", 1), BROKEN),
    ],
)
def test_what_is_added_to_a_signed_file_or_taken_off_is_told(signed, keys, change, reason):
    assert told_of(change(signed), keys) == (Verdict.CHANGED, [reason])


def test_an_update_at_the_end_of_a_file_is_told(signed, keys):
    """A page is made empty by an update that any program can append; the signature itself stays as it was."""
    with pikepdf.open(BytesIO(signed)) as file:
        number = file.pages[4].obj.objgen[0]
        page = file.pages[4].obj
        page.Contents = file.make_stream(b"")
        again = page.unparse(resolved=True)
        size, root, start = file.trailer.Size, file.Root.objgen[0], signed.rindex(b"startxref")
    previous = re.search(rb"startxref\s+(\d+)", signed[start:])[1].decode()
    update = b"%d 0 obj\n%s\nendobj\n" % (number, re.sub(rb"/Contents \d+ 0 R", b"", again))
    table = f"xref\n{number} 1\n{len(signed):010d} 00000 n \ntrailer\n"
    end = f"<< /Size {size} /Root {root} 0 R /Prev {previous} >>\nstartxref\n{len(signed) + len(update)}\n%%EOF\n"
    updated = signed + update + table.encode() + end.encode()
    added = len(updated) - len(signed)
    verdict, reasons = told_of(updated, keys)
    assert verdict is Verdict.CHANGED
    assert reasons[0] == ONE_MORE.replace("1 byte more than was", f"{added} bytes more than were")


def test_a_second_signature_is_told(signed, stranger, keys):
    with pikepdf.open(BytesIO(signed)) as file:
        fields = file.Root.AcroForm.Fields
        again = file.make_indirect(pikepdf.Dictionary(dict(fields[0])))
        fields.append(again)
        twice = saved(file)
    assert told_of(twice, keys) == (Verdict.CHANGED, ["The file has 2 signatures; a packet has one"])


def test_a_file_saved_again_by_another_program_is_told(signed, keys):
    with pikepdf.open(BytesIO(signed)) as file:
        assert told_of(saved(file), keys) == (Verdict.CHANGED, [BROKEN])


def test_every_flipped_bit_is_found_out(signed, keys):
    """Every 2,503rd byte, and every 149th of the signature's own place, which it does not cover."""
    begin = signed.index(b"/Contents <3082") + len(b"/Contents ")
    spots = sorted({*range(0, len(signed), 2503), *range(begin, begin + 2 * LENGTH + 2, 149)})
    assert len(spots) > 110
    passed = []
    for spot in spots:
        flipped = bytearray(signed)
        flipped[spot] ^= 1 << spot % 8
        try:
            with pikepdf.open(BytesIO(flipped)) as file:
                proof = read_proof(bytes(flipped), file, keys)
        except pikepdf.PdfError:
            proof = read_proof(bytes(flipped), None, keys)
        if not proof.faults:
            passed.append(spot)
    assert passed == []


def test_a_bit_flipped_anywhere_makes_a_changed_file(signed, keys):
    found = set()
    for spot in (9, len(signed) // 3, len(signed) - 40, len(signed) - 12, signed.index(b"/ByteRange") + 2):
        flipped = bytearray(signed)
        flipped[spot] ^= 1
        found.add(verify_packet(bytes(flipped), keys).verdict)
    assert found == {Verdict.CHANGED}


def test_pages_that_changed_places_are_told_even_where_somebody_sealed_them_anew(whole):
    with pikepdf.open(BytesIO(whole[1].pdf)) as file:
        page = file.pages[4]
        file.pages.insert(7, page)
        del file.pages[4]
        swapped = seal_file(saved(file))
    assert told_of(swapped, Keys()) == (Verdict.CHANGED, ["Pages 5, 6, 7 of the file say that they are other ones"])


def test_other_content_in_a_signed_file_is_told(whole, signed, keys):
    with pikepdf.open(BytesIO(signed)) as file:
        other = whole[0].replace(b"Passengers", b"Travellers")
        file.attachments["packet.json"] = pikepdf.AttachedFileSpec(file, other)
        verdict, reasons = told_of(saved(file), keys)
    assert verdict is Verdict.CHANGED
    assert reasons[:2] == [
        BROKEN,
        "The digest on the cover is not that of the embedded content, " + hashlib.sha256(other).hexdigest(),
    ]


def test_the_signature_is_seen_by_nobody_and_tags_stay_as_they_were(whole, signed):
    with pikepdf.open(BytesIO(whole[1].pdf)) as before, pikepdf.open(BytesIO(signed)) as after:
        (field,) = after.Root.AcroForm.Fields
        assert (list(field.Rect), int(field.F), str(field.Subtype)) == ([0, 0, 0, 0], 130, "/Widget")
        assert after.pages[0].obj.Tabs == pikepdf.Name.S
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert len(after.Root.StructTreeRoot.ParentTree.unparse(resolved=True)) > 0


def test_a_key_is_its_owners_alone_and_never_overwritten(tmp_path):
    path = tmp_path / "new" / "signing.pem"
    made = make_key(path, "Skarvsund Ferries")
    kept = path.read_bytes()
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {"signing.pem": 0o600, f"signing-{made.fingerprint[:16]}.crt": 0o600}
    with pytest.raises(KeyThere):
        make_key(path, "Skarvsund Ferries")
    assert path.read_bytes() == kept
    assert read_key(path).fingerprint == made.fingerprint
    assert "PRIVATE" not in repr(made) + repr(read_key(path))


def test_what_an_older_key_signed_stays_known(tmp_path, whole):
    path = tmp_path / "signing.pem"
    old = sign_file(whole[1].pdf, Signing(make_key(path, "Skarvsund Ferries"), AT))
    new = sign_file(whole[1].pdf, Signing(replace_key(path, "Skarvsund Ferries"), AT))
    keys = Keys(known_keys(path), is_demanded=True)
    assert len(keys.known) == 2
    for each in tmp_path.glob("*.crt"):
        each.unlink()
    assert known_keys(path) == {read_key(path).fingerprint}
    assert known_keys(tmp_path / "none" / "signing.pem") == frozenset()
    assert (told_of(old, keys), told_of(new, keys)) == ((Verdict.WHOLE, []), (Verdict.WHOLE, []))


def test_the_name_in_a_certificate_is_told_as_one_clean_line_however_long_it_is(tmp_path, whole):
    name = "Færgeselskabet\x1b[2J\u202e på Øresund " * 4
    key = make_key(tmp_path / "signing.pem", name)
    signer = verify_packet(sign_file(whole[1].pdf, Signing(key, AT))).proof.signer
    assert (signer, len(signer.encode()) <= 64) == ("Færgeselskabet[2J på Øresund Færgeselskabet[2J packets", True)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_cannot_be_read_is_told_and_its_words_are_not(tmp_path, content):
    path = tmp_path / "signing.pem"
    path.write_bytes(content)
    with pytest.raises(KeyDamaged) as error:
        read_key(path)
    assert str(error.value) == f"{path} holds no key with its certificate"


def test_a_key_with_the_certificate_of_another_is_damaged(tmp_path, place, stranger):
    path = tmp_path / "signing.pem"
    other = tmp_path / "other.pem"
    strange = make_key(other, "Skarvsund Ferries")
    secret = place.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    path.write_bytes(secret + certificate_beside(other, strange).read_bytes())
    with pytest.raises(KeyDamaged, match="do not belong together"):
        read_key(path)


def test_the_command_verifies_with_the_keys_that_lie_here(tmp_path, place, signed, whole, stranger):
    good, old = tmp_path / "good.pdf", tmp_path / "old.pdf"
    good.write_bytes(signed)
    old.write_bytes(whole[1].pdf)
    name = read_key(place).fingerprint
    run = CliRunner(env={"SIGNING_KEY": str(place)})
    alone = run.invoke(command, ["verify", str(good)])
    assert (alone.exit_code, alone.output.splitlines()) == (
        0,
        [
            f"{good}: whole PR-2026-017, committee view, 13 pages",
            f"  signed by Skarvsund Ferries packets, key {name}, known here",
        ],
    )
    assert run.invoke(command, ["verify", str(good), str(old)]).exit_code == 1
    assert run.invoke(command, ["verify", "--allow-unsigned", str(good), str(old)]).exit_code == 0
    elsewhere = CliRunner(env={"SIGNING_KEY": str(tmp_path / "none" / "signing.pem")})
    assert elsewhere.invoke(command, ["verify", str(good), str(old)]).exit_code == 0
    assert elsewhere.invoke(command, ["verify", "--demand-signature", str(good)]).exit_code == 1
    certificate = certificate_beside(place, read_key(place))
    assert elsewhere.invoke(command, ["verify", "--certificate", str(certificate), str(good)]).exit_code == 0
    assert elsewhere.invoke(command, ["verify", "--certificate", str(certificate), str(old)]).exit_code == 1


def test_a_book_is_signed_too(pool, print_view, tmp_path, place, keys):
    printed = print_view(samples.entry())[1]
    (tmp_path / "print.pdf").write_bytes(printed.pdf)
    told = {"candidate": "Noor Abdi", "levels": ["IC3", "IC4"], "case_code": "PR-1"}
    packet = {"path": "print.pdf", "digest": hashlib.sha256(printed.pdf).hexdigest(), "pages": printed.pages, **told}
    cover = {"committee": "Product", "cycle": "Autumn", "company": "Ferries", "reader": "Mika Saar", "number": 1}
    where = {"folder": str(tmp_path), "path": "book.pdf", "signing_key": str(place)}
    asked = {**where, **cover, "made_at": AT.isoformat(), "zone": "UTC", "packets": [packet]}
    made = pool.run(merge_to_file, asked)
    book = (tmp_path / "book.pdf").read_bytes()
    assert made["digest"] == hashlib.sha256(book).hexdigest()
    assert told_of(book, keys) == (Verdict.WHOLE, [])
    assert told_of(book[:-1], keys) == (Verdict.CHANGED, [BROKEN])
    (tmp_path / "book.pdf").unlink()
    assert pool.run(merge_to_file, asked)["digest"] == made["digest"]


PROGRAM = """
import hashlib, json, sys
from pathlib import Path
from review.adapters.packet_archive import print_for_archive
from review.adapters.packet_copies import stamp_copy
from review.adapters.packet_keys import read_key
from review.adapters.packet_signature import Signing, sign_file
from review.adapters.pdf import print_packet
from tests.packet import samples
content, line, place = sys.stdin.buffer.read(), sys.argv[1], Path(sys.argv[2])
signing = Signing(read_key(place), samples.SEALED_AT)
pdf, archive = (each(content, view="committee").pdf for each in (print_packet, print_for_archive))
made = [pdf, stamp_copy(pdf, line), stamp_copy(pdf, line, signing), archive, sign_file(archive, signing)]
print([hashlib.sha256(each).hexdigest() for each in made])
"""


def test_every_kind_of_file_is_the_same_in_another_process_seed_zone_and_date(pool, print_view, place, signing):
    content, printed = print_view(samples.entry())
    archive = pool.run(print_for_archive, content, view="committee").pdf
    pdf = printed.pdf
    made = [pdf, stamp_copy(pdf, LINE), stamp_copy(pdf, LINE, signing), archive, sign_file(archive, signing)]

    def run(seed: str, zone: str, epoch: str) -> str:
        changed = {"PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": epoch, "PYTHONPATH": str(ROOT)}
        arguments = [sys.executable, "-c", PROGRAM, LINE, str(place)]
        done = subprocess.run(arguments, env={**os.environ, **changed}, input=content, capture_output=True, check=True)
        return done.stdout.decode().strip()

    found = [hashlib.sha256(each).hexdigest() for each in made]
    assert run("4242", "Pacific/Auckland", "1900000000") == str(found)


def test_a_loop_that_runs_already_is_not_in_the_way(signing):
    async def sign_within() -> bytes:
        return sign_digest(bytes(32), signing.key)

    assert in_own_thread(asyncio.run, sign_within()) == sign_digest(bytes(32), signing.key)


def test_nothing_can_be_hidden_in_a_signature(signing):
    """What stands beside the signed attributes is signed by nobody, and is checked by no library."""
    written = cms.ContentInfo.load(sign_digest(bytes(32), signing.key))
    (signer,) = written["content"]["signer_infos"]
    word = cms.CMSAttribute({"type": "1.2.3.4", "values": [core.UTF8String("hidden")]})
    signer["unsigned_attrs"] = cms.CMSAttributes([word])
    with pytest.raises(SignatureBroken):
        check_signature(written.dump(force=True), bytes(32))
