"""The pages within a rehearsal: the same app over again, with a database, keys and a clock of the rehearsal's own."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import cast

from flask import Flask, Response, current_app, request

from review.config import Settings
from review.domain.errors import NotFound
from review.domain.identity import Origin
from review.domain.values import dataclass
from review.extensions import db
from review.rehearsal.place import Place, find_place, settings_within
from review.services.sign_ins import open_sign_in
from review.web.browser_kind import find_browser_kind
from review.web.guards import PERSON, SEEN, TOKEN
from review.web.mount import root
from review.web.shell import REHEARSAL

MOST_OPEN = 2
"""How many rehearsals a process holds open; the one that was asked for longest ago is closed."""
OF_THIS_REQUEST = ("werkzeug.", "flask.")
WITHIN = "in"


@dataclass(frozen=True)
class Site:
    """An open rehearsal."""

    app: Flask
    place: Place
    built: float


class Sites:
    """The rehearsals that this process holds open."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, Site] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, number: int) -> Site:
        """Return a rehearsal, opened if it is not; raise NotFound where there is none on this machine."""
        settings: Settings = current_app.extensions["settings"]
        place = find_place(settings.var_dir, number)
        if not place.is_there:
            raise NotFound
        built = place.built_at
        with self._lock:
            site = self._open.pop(number, None)
            if site is not None and site.built != built:
                close(site)
                site = None
            site = site or Site(_make_app(place, settings, number), place, built)
            self._open[number] = site
            while len(self._open) > MOST_OPEN:
                close(self._open.popitem(last=False)[1])
        return site

    def drop(self, number: int) -> None:
        """Close a rehearsal that is thrown away."""
        with self._lock:
            site = self._open.pop(number, None)
        if site is not None:
            close(site)


def close(site: Site) -> None:
    """Let go of a rehearsal's database."""
    with site.app.app_context():
        db.engine.dispose()


def find_site(number: int) -> Site:
    """Return an open rehearsal; raise NotFound where there is none on this machine."""
    return _sites().find(number)


def drop_site(number: int) -> None:
    """Close a rehearsal that is thrown away."""
    _sites().drop(number)


def path_within(number: int) -> str:
    """Return the path that the pages of a rehearsal are below."""
    return f"{root()}/rehearsals/{number}/{WITHIN}"


def pass_on(site: Site, frame: object) -> Response:
    """Let the rehearsal answer this request; who may ask was asked before, outside."""
    environ = {key: value for key, value in request.environ.items() if not key.startswith(OF_THIS_REQUEST)}
    environ["PATH_INFO"] = request.environ.get("SCRIPT_NAME", "") + request.environ["PATH_INFO"]
    environ["SCRIPT_NAME"] = ""
    environ.pop("HTTP_IF_NONE_MATCH", None)  # the frame around the pages is another with each move of the clock
    environ[REHEARSAL] = frame
    return cast(Response, Response.from_app(site.app, environ, buffered=True))


def enter_as(site: Site, person_id: int, answer: Response) -> None:
    """Sign somebody of the cast in within the rehearsal, and give the browser its cookie, which opens nothing else."""
    app, now = site.app, site.place.read_clock()
    with app.app_context():
        token = open_sign_in(db.session(), person_id, now=now, origin=Origin(find_browser_kind()))
        db.session.commit()
        interface = app.session_interface
        seal = interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        kept = {"_permanent": True, TOKEN: token, PERSON: person_id, SEEN: int(now.timestamp())}
        answer.set_cookie(
            interface.get_cookie_name(app),
            seal.dumps(kept),
            path=interface.get_cookie_path(app),
            secure=interface.get_cookie_secure(app),
            httponly=True,
            samesite="Lax",
        )


def _sites() -> Sites:
    sites: Sites = current_app.extensions.setdefault("rehearsals", Sites())
    return sites


def _make_app(place: Place, settings: Settings, number: int) -> Flask:
    app: Flask = current_app.extensions["create_app"](settings_within(place, settings, path_within(number)))
    app.extensions["clock"] = place.read_clock
    return app
