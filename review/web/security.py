"""The headers of every answer: what a page may load, who may frame or keep it."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from review.config import Settings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",  # data: for the check marks and select arrows of Bootstrap only
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONE_YEAR = 365 * 24 * 3600


def add_headers(response: Response) -> Response:
    """Put the headers on an answer; a page that sets its own Cache-Control (private, stamped lists) keeps it."""
    response.headers.extend(ALWAYS)
    settings: Settings = current_app.extensions["settings"]
    if settings.is_https:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={2 * ONE_YEAR}; includeSubDomains")
    if request.endpoint == "static":
        response.headers["Cache-Control"] = _static_cache()
        return response
    response.vary.add("Cookie")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _static_cache() -> str:
    """Let an address that carries the digest of its file, or a font, be kept for a year."""
    path = (request.view_args or {}).get("filename", "")
    digest: str | None = current_app.extensions["static_digests"].get(path)
    is_stamped = digest is not None and request.args.get("v") == digest
    if is_stamped or path.startswith("fonts/"):
        return f"public, max-age={ONE_YEAR}, immutable"
    return "no-cache"


def init_app(app: Flask) -> None:
    """Put the headers on every answer.

    Our pages send no referrer, so Flask-WTF must not ask for one; the token and SameSite cookies stand against forgery.
    """
    app.config.update(SESSION_REFRESH_EACH_REQUEST=False, WTF_CSRF_SSL_STRICT=False)
    app.after_request(add_headers)
