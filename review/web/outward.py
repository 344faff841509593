"""Before a link of somebody's text leads out: where it goes, and the choice.

The link is looked for in what the reader may read of the case at that moment: nobody opens a link of a text that they
may not read, or may not read any more.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from review.domain.errors import NotFound
from review.extensions import db
from review.queries.readable import read_texts
from review.queries.standing import load_standing
from review.web.guards import current_actor, current_now, requires
from review.web.outward_links import find_addresses, name_link, spell_host, split_address

bp = Blueprint("outward", __name__, url_prefix="/cases/<int:case_id>/outward")


@bp.get("/<word>")
@requires("signed_in")
def show(case_id: int, word: str) -> str:
    """Say where a link leads, and let the reader decide; an unknown word answers like one that is not theirs."""
    session, now = db.session(), current_now()
    standing = load_standing(session, case_id, current_actor(), now=now)
    texts = read_texts(session, standing, now=now)
    address = next((each for text in texts for each in find_addresses(text) if name_link(case_id, each) == word), None)
    target = split_address(address or "")
    if target is None:
        raise NotFound
    host = target.hostname or ""
    spelled = spell_host(host)
    return render_template(
        "cases/outward.html",
        standing=standing,
        address=address,
        host=spelled,
        is_foreign=spelled != host or "xn--" in host,
        is_safe=target.scheme == "https",
    )
