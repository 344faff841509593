"""The key with which an installation signs packets: a file outside the database, readable by its owner alone.

`signing.pem` holds the private key (EC, P-256) with its self-signed certificate. Beside it lie the certificates of this
key and of all before it (`signing-….crt`), so that what those signed can still be checked. A private key is never shown
or logged.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from review.domain.values import dataclass

OWN = 0o600
LONGEST_NAME = 64
"""The most bytes that a name in a certificate may have."""
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
UNTIL = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""A certificate says who signed, not for how long: packets that were sealed before there was a key are signed too."""


class KeyThere(Exception):
    """There is a key already, which is not overwritten."""


class KeyDamaged(Exception):
    """There is a key, but it cannot be read; nothing is handed out without the signature it ought to have."""


@dataclass(frozen=True)
class SigningKey:
    """What packets are signed with."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)
    """The certificate (DER)."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, by which a key is named."""
        return fingerprint_of(self.certificate)


def fingerprint_of(certificate: bytes) -> str:
    """Return the name of a key: the SHA-256 of its certificate."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(certificate)
    return digest.finalize().hex()


def make_key(path: Path, company: str) -> SigningKey:
    """Make the installation's first key. Raises KeyThere where there is one, which stays as it is."""
    if path.exists():
        raise KeyThere(path)
    return _make(path, company, _link_once)


def replace_key(path: Path, company: str) -> SigningKey:
    """Make a new key in place of the one there is; the certificates of older ones stay known."""
    return _make(path, company, os.replace)


def read_key(path: Path) -> SigningKey | None:
    """Return the installation's key, None where it has none. Raises KeyDamaged where it cannot be read."""
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyDamaged(f"{path} cannot be read: {error.strerror}") from None
    try:
        private = serialization.load_pem_private_key(kept, password=None)
        certificate = x509.load_pem_x509_certificate(kept)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyDamaged(f"{path} holds no key with its certificate") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or certificate.public_key() != private.public_key():
        raise KeyDamaged(f"{path} holds a key and a certificate that do not belong together")
    return SigningKey(private, certificate.public_bytes(serialization.Encoding.DER))


def known_keys(path: Path) -> frozenset[str]:
    """Return the names of the keys whose certificates are with the key or beside it: its own and older ones.

    None where there never was a key. Raises KeyDamaged where that cannot be told.
    """
    try:
        beside = sorted(path.parent.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except OSError as error:
        raise KeyDamaged(f"{path.parent} cannot be read: {error.strerror}") from None
    found = [each for each in beside if each == path or fnmatchcase(each.name, f"{path.stem}-*.crt")]
    return frozenset().union(*map(read_certificates, found))


def read_certificates(path: Path) -> frozenset[str]:
    """Return the names of the keys whose certificates (PEM) are in a file. Raises KeyDamaged where there is none."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise KeyDamaged(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise KeyDamaged(f"{path} holds no certificate") from None
    return frozenset(fingerprint_of(each.public_bytes(serialization.Encoding.DER)) for each in found)


def certificate_beside(path: Path, key: SigningKey) -> Path:
    """Return where the certificate of a key lies: what may be given to whoever checks packets elsewhere."""
    return path.with_name(f"{path.stem}-{key.fingerprint[:16]}.crt")


def _make(path: Path, company: str, put: Callable[[Path, Path], None]) -> SigningKey:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = ec.generate_private_key(ec.SECP256R1())
    certificate = _certify(private, company)
    key = SigningKey(private, certificate.public_bytes(serialization.Encoding.DER))
    shown = certificate.public_bytes(serialization.Encoding.PEM)
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # The certificate first: whatever was signed with a key can be checked, even where the power fails in between.
    _put(certificate_beside(path, key), shown, os.replace)
    try:
        _put(path, secret + shown, put)
    except FileExistsError:
        certificate_beside(path, key).unlink()
        raise KeyThere(path) from None
    return key


def _put(path: Path, content: bytes, put: Callable[[Path, Path], None]) -> None:
    """Write a file that its owner alone may read; it appears whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        put(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _link_once(draft: Path, path: Path) -> None:
    os.link(draft, path)


def _certify(private: ec.EllipticCurvePrivateKey, company: str) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _cut(company, LONGEST_NAME)),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{_cut(company, LONGEST_NAME - 8)} packets"),
        ]
    )
    public = private.public_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number(), SINCE, UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(private, hashes.SHA256())
    )


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode(errors="ignore")
