"""Pages below a path of a host that has other sites too: `PUBLIC_URL` says which, nothing that a request brings along.

The proxy hands addresses on as they are. What machines on this host ask answers without the path as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, current_app, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOR_MACHINES = frozenset({"/health", "/ready", "/metrics"})


class Mount:
    """Hands on what is asked below a path, and says where the pages are to who asks elsewhere."""

    def __init__(self, app: WSGIApplication, path: str) -> None:
        self._app = app
        self._path = path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        asked = environ.get("PATH_INFO", "")
        if asked == self._path or asked.startswith(f"{self._path}/"):
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = self._path, asked.removeprefix(self._path) or "/"
            return self._app(environ, start_response)
        if asked in FOR_MACHINES:
            return self._app(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("X-Content-Type-Options", "nosniff")])
        return [f"The pages are below {self._path}/\n".encode()]


def root() -> str:
    """Return the path that all pages are below; empty where Dualtrack has the host for itself."""
    return request.script_root


def here() -> str:
    """Return the address that is asked for, with what stands behind the question mark."""
    return root() + request.full_path.rstrip("?")


def public_address(path: str) -> str:
    """Return a path of these pages as an address for who reads it elsewhere: in a calendar, say."""
    origin: str = current_app.extensions["settings"].origin
    return origin + path


def init_app(app: Flask) -> None:
    """Put the pages below the path of the public address, if it has one, and give templates that path."""
    app.jinja_env.globals["root"] = root
    path: str = app.extensions["settings"].root
    if path:
        vars(app)["wsgi_app"] = Mount(app.wsgi_app, path)
