"""The signature itself (CMS, as PAdES has it): made from a digest, checked against one.

Importing this module imports pyHanko (about a second), so only who signs or checks does so, inside functions. No time
stamp and no revocation is asked for: nothing here opens a connection.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from asn1crypto import cms, x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign import Signer
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import get_signing_cert_attr, validate_sig_integrity

from review.adapters.packet_keys import SigningKey

DIGEST = "sha256"
MECHANISM = "sha256_ecdsa"


class SignatureBroken(Exception):
    """It is no signature of the given digest, or not in the one form in which signatures are written here."""


class _SameEachTime(Signer):
    """Signs as RFC 6979 has it: the same bytes with the same key are the same signature."""

    def __init__(self, key: SigningKey) -> None:
        super().__init__(
            signing_cert=x509.Certificate.load(key.certificate),
            signature_mechanism=SignedDigestAlgorithm({"algorithm": MECHANISM}),
        )
        self._private = key.private

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self._private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def sign_digest(digest: bytes, key: SigningKey) -> bytes:
    """Return the signature (CMS, DER) of a SHA-256, the certificate inside."""
    signer = _SameEachTime(key)
    with ThreadPoolExecutor(1) as own:  # where a loop runs already, no second one can be begun in its thread
        return own.submit(lambda: asyncio.run(_sign(signer, digest))).result()


async def _sign(signer: Signer, digest: bytes) -> bytes:
    made: bytes = (await signer.async_sign(digest, DIGEST, use_pades=True)).dump()
    return made


def check_signature(signature: bytes, digest: bytes) -> tuple[bytes, str]:
    """Return the certificate (DER) of whoever signed the SHA-256, and the name in it.

    The signature must be written, byte for byte, as it is written here: nothing can be changed or hidden in it.
    Raises SignatureBroken.
    """
    try:
        content = cms.ContentInfo.load(signature, strict=True)["content"]
        (signer,) = content["signer_infos"]
        (choice,) = content["certificates"]
        certificate: x509.Certificate = choice.chosen
        is_bound = get_signing_cert_attr(signer["signed_attrs"]) is not None
        verdicts = validate_sig_integrity(signer, certificate, "data", digest)
        is_ours = is_bound and verdicts == (True, True) and _write(signer, certificate) == signature
        found = certificate.dump(), str(certificate.subject.native["common_name"])
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, SignatureValidationError) as error:
        raise SignatureBroken from error
    if not is_ours:
        raise SignatureBroken
    return found


def _write(signer: cms.SignerInfo, certificate: x509.Certificate) -> bytes:
    """Write anew what is signed, with its certificate, and nothing else."""
    named = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    algorithm = cms.DigestAlgorithm({"algorithm": DIGEST})
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": named}),
            "digest_algorithm": algorithm,
            "signature_algorithm": SignedDigestAlgorithm({"algorithm": MECHANISM}),
            "signed_attrs": signer["signed_attrs"],
            "signature": signer["signature"].native,
        }
    )
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": cms.DigestAlgorithms((algorithm,)),
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate],
            "signer_infos": [info],
        }
    )
    written: bytes = cms.ContentInfo({"content_type": "signed_data", "content": content}).dump()
    return written
