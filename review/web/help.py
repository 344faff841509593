"""Help: a guide for each role, those of one's own roles first."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, send_file, url_for

from review.adapters.guides import find_picture, load_guides, write_guide
from review.queries.sign_ins import CurrentSignIn
from review.web.guards import current_sign_in, load_or_404, requires

bp = Blueprint("help", __name__, url_prefix="/help")
GUIDES_OF_ROLES = {
    "hr": ("hr",),
    "auditor": ("auditor",),
    "executive": ("executive",),
    "appeals": ("appeals",),
    "it_admin": ("operator",),
}


@bp.get("")
@requires("signed_in")
def show() -> str:
    """List the guides: those for what the reader does here, then the others."""
    own = frozenset(_own_guides(load_or_404(current_sign_in())))
    guides = load_guides()
    return render_template(
        "help/list.html",
        own=[guide for guide in guides if guide.name in own],
        others=[guide for guide in guides if guide.name not in own],
    )


@bp.get("/<guide>")
@requires("signed_in")
def read(guide: str) -> str:
    """Show one guide."""
    found = load_or_404(next((each for each in load_guides() if each.name == guide), None))
    html = write_guide(
        found,
        lead_to_guide=lambda name: url_for(".read", guide=name),
        lead_to_picture=lambda name: url_for(".picture", picture=name),
    )
    return render_template("help/guide.html", guide=found, html=html)


@bp.get("/pictures/<picture>.png")
@requires("signed_in")
def picture(picture: str) -> Response:
    """Send a picture of a guide."""
    return send_file(load_or_404(find_picture(picture)), mimetype="image/png", max_age=3600)


def _own_guides(sign_in: CurrentSignIn) -> Iterator[str]:
    """Yield the guides for what somebody does; everybody may be asked for feedback, or build a case."""
    jobs = sign_in.jobs
    yield from ("candidate", "giver")
    if jobs.has_reports:
        yield "manager"
    if jobs.is_on_committee:
        yield from ("member", "chair")
    for role in sign_in.actor.roles:
        yield from GUIDES_OF_ROLES.get(role, ())
