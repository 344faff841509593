"""Promotion reviews for companies with a dual-track career ladder: build the app, wire it, return it."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from review.quick_start import no_collection

if TYPE_CHECKING:
    from flask import Flask, Response

    from review.config import Settings

# Several processes share the processors: a matrix of the statistics takes a hundred times longer where all want them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# No package that happens to be installed changes how files and requests are read, and none is searched at each start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# How templates are compiled: first, since the extensions below add to what they know.
TEMPLATES = "review.web.templating"
# What wires itself to the app as a whole: each module has `init_app(app)`.
SHELL: tuple[str, ...] = (
    "review.web.numbers",
    "review.web.signing",
    "review.web.route_rules",
    "review.web.mount",
    "review.web.words",
    "review.web.outward_links",
    "review.web.charts",
    "review.web.guards",
    "review.web.proof",
    "review.web.shell",
    "review.web.security",
    "review.web.link_logs",
    "review.web.errors",
    "review.web.request_logs",
    "review.web.metrics",
    "review.web.refusals",
)
# The rooms of the web floor in the order of their pages: each module has `bp`.
BLUEPRINTS: tuple[str, ...] = (
    "review.web.health",
    "review.web.metrics",
    "review.web.sign_in",
    "review.web.provider",
    "review.web.scim",
    "review.web.password_resets",
    "review.web.sign_in_list",
    "review.web.preferences",
    "review.web.people",
    "review.web.lists",
    "review.web.past_cases",
    "review.web.people_import",
    "review.web.delegations",
    "review.web.emergency",
    "review.web.ladders",
    "review.web.ladder_drafts",
    "review.web.ladder_cells",
    "review.web.ladder_parts",
    "review.web.ladder_texts",
    "review.web.evidence",
    "review.web.feedback",
    "review.web.changing",
    "review.web.feedback_page",
    "review.web.invites",
    "review.web.outside",
    "review.web.home",
    "review.web.inbox",
    "review.web.cases",
    "review.web.cycles",
    "review.web.cycle_set_up",
    "review.web.cycle_eligibility",
    "review.web.cycle_board",
    "review.web.rehearsals",
    "review.web.bulk_steps",
    "review.web.nominations",
    "review.web.chasing",
    "review.web.chasing_team",
    "review.web.calendar",
    "review.web.workflows",
    "review.web.workflow_drafts",
    "review.web.policy",
    "review.web.ratings",
    "review.web.packets",
    "review.web.books",
    "review.web.session_reports",
    "review.web.insight",
    "review.web.committees",
    "review.web.agenda",
    "review.web.make_up",
    "review.web.calibration",
    "review.web.votes",
    "review.web.decisions",
    "review.web.letters",
    "review.web.wordings",
    "review.web.appeals",
    "review.web.panel",
    "review.web.groups",
    "review.web.growth",
    "review.web.check_ins",
    "review.web.outward",
    "review.web.audit",
    "review.web.printing",
    "review.web.integrations",
    "review.web.my_data",
    "review.web.help",
    "review.web.data_requests",
    "review.web.legal_holds",
    "review.web.retention",
    "review.web.erasures",
    "review.web.team",
    "review.web.examples",
)
API = "review.api.room"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app for these settings, or for those of the environment.

    Raises UnsafeSettings (review.config). Imports happen here, so that the floors below never load Flask.
    """
    with no_collection():
        return _build(settings)


def create_served_app() -> Flask:
    """Build the app with the settings of the environment for a server, whose processes are forked from this one."""
    with no_collection():
        app = _build(None)
        from review.extensions import db, make_no_file
        from review.web.head_start import give_head_start

        with app.app_context():
            make_no_file(db.engine)
        give_head_start(app)
        return app


def _build(settings: Settings | None) -> Flask:
    from flask import Flask

    from review.adapters.clock import read_clock
    from review.config import ROOT, JobsMode, read_settings

    settings = settings or read_settings()
    app = Flask(__name__, template_folder=str(ROOT / "templates"))
    app.config.from_mapping(_flask_config(settings))
    app.extensions["settings"] = settings
    app.extensions["clock"] = read_clock
    app.extensions["create_app"] = create_app
    import_module(TEMPLATES).init_app(app)
    app.debug = False  # whatever FLASK_DEBUG says; this makes the environment of the templates
    _set_up_extensions(app, settings)
    if settings.proxies:
        _trust_proxies(app, settings.proxies)
    for name in SHELL:
        import_module(name).init_app(app)
    import_module(API).init_app(app)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(name).bp)
    if settings.jobs is JobsMode.INLINE and not settings.is_testing:
        app.after_request(_run_jobs_here)
    return app


def _trust_proxies(app: Flask, count: int) -> None:
    """Take the address of whoever asks from what so many proxies in front have written into X-Forwarded-For."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    vars(app)["wsgi_app"] = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)


def _run_jobs_here(response: Response) -> Response:
    """Run what the request asked for, where no worker does; a test runs jobs when it wants them."""
    from flask import current_app

    from review.adapters.jobs import run_inline
    from review.extensions import db

    run_inline(db.session(), now=current_app.extensions["clock"]())
    return response


def _flask_config(settings: Settings) -> dict[str, Any]:
    from review.adapters.connections import WEB
    from review.extensions import engine_options

    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.is_testing,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings, WEB),
        "SESSION_COOKIE_NAME": settings.name_cookie("session"),
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PREFERRED_URL_SCHEME": "https" if settings.is_https else "http",
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 16 * 1024 * 1024,  # four fields of a million signs each, however they are coded
        # A form may stay open for days: the token lives as long as the session.
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": settings.zone,
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
    }


def _set_up_extensions(app: Flask, settings: Settings) -> None:
    from review.adapters.connections import WEB
    from review.extensions import babel, csrf, db, let_go, login_manager, note_reading, set_up_engine

    db.init_app(app)
    with app.app_context():
        set_up_engine(db.engine, settings, WEB)
    app.teardown_request(note_reading)
    app.teardown_appcontext(let_go)  # before the session is closed, which would fail the request
    csrf.init_app(app)
    login_manager.init_app(app, add_context_processor=False)  # it asks the database, which may be away
    babel.init_app(app)
