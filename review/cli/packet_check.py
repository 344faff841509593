"""`dualtrack packet verify`: whether printed packets are whole, and who signed them, without the database."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from review.adapters.packet_proof import Keys
from review.adapters.packet_receipt import Receipt, Verdict, verify_packet
from review.config import find_signing_key

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("verify")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=FILE)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
@click.option("--certificate", "certificates", multiple=True, metavar="F", type=FILE, help="A key that is known, too.")
@click.option("--demand-signature", is_flag=True, help="Take no file for whole that no known key has signed.")
@click.option("--allow-unsigned", is_flag=True, help="Take files that were sealed before there was a key.")
def verify(
    files: tuple[Path, ...],
    *,
    is_json: bool,
    certificates: tuple[Path, ...],
    demand_signature: bool,
    allow_unsigned: bool,
) -> None:
    """Say of each FILE whether it is a packet and whole; works without the database.

    Where the installation has a key, a file without a signature is not whole, nor is one of a key that is not known.
    Exits 1 when a file was changed or is not ours.
    """
    if demand_signature and allow_unsigned:
        raise click.UsageError("--demand-signature and --allow-unsigned exclude each other")
    known = _read_known(certificates)
    keys = Keys(known, is_demanded=demand_signature or (bool(known) and not allow_unsigned))
    receipts = {str(file): verify_packet(file.read_bytes(), keys) for file in files}
    if is_json:
        click.echo(json.dumps({name: _as_data(receipt) for name, receipt in receipts.items()}, ensure_ascii=False))
    else:
        for name, receipt in receipts.items():
            _print(name, receipt)
    sys.exit(0 if all(receipt.verdict is Verdict.WHOLE for receipt in receipts.values()) else 1)


def _read_known(certificates: tuple[Path, ...]) -> frozenset[str]:
    """Return the keys that are known: the installation's own, old and new, and those of the certificates given."""
    from review.adapters.packet_keys import KeyDamaged, known_keys, read_certificates

    try:
        return known_keys(find_signing_key()).union(*map(read_certificates, certificates))
    except KeyDamaged as error:
        raise click.UsageError(str(error)) from error


def _print(name: str, receipt: Receipt) -> None:
    view = f", {receipt.view} view" if receipt.view else ""
    about = f" {receipt.case_code}{view}, {receipt.pages} pages" if receipt.case_code else ""
    click.echo(f"{name}: {receipt.verdict}{about}")
    for reason in receipt.reasons:
        click.echo(f"  {reason}")
    proof = receipt.proof
    if proof.key:
        click.echo(f"  signed by {proof.signer}, key {proof.key}, {'known' if proof.is_known else 'not known'} here")


def _as_data(receipt: Receipt) -> dict[str, object]:
    proof = receipt.proof
    signature = {"key": proof.key, "signer": proof.signer, "known": proof.is_known} if proof.key else None
    return {
        "verdict": receipt.verdict,
        "reasons": [str(reason) for reason in receipt.reasons],
        "case_code": receipt.case_code,
        "view": receipt.view,
        "digest": receipt.digest,
        "pages": receipt.pages,
        "proof": "signature" if proof.is_signed else "seal" if proof.is_sealed else None,
        "signature": signature,
    }
