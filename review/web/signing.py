"""With what cookies and tokens of forms are signed: HMAC-SHA-256 throughout, where the libraries still take SHA-1."""

from __future__ import annotations

from hashlib import sha256

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Signer


class CookieSessions(SecureCookieSessionInterface):
    """Flask's cookie, signed by SHA-256; one that was signed otherwise is none."""

    digest_method = staticmethod(sha256)


def init_app(app: Flask) -> None:
    """Sign the cookie so, and whatever is signed with no word of how: the tokens that Flask-WTF puts into forms."""
    app.session_interface = CookieSessions()
    Signer.default_digest_method = staticmethod(sha256)
