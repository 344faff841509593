"""What has no words of its own to plant: signs on pages by which it is known that somebody was shown it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """A row of the grid is shown where an address of this endpoint answers 200 with the pattern in it."""

    row: str
    endpoint: str
    pattern: re.Pattern[str]


def sign(row: str, endpoint: str, pattern: str) -> Sign:
    """Return a sign; a pattern is looked for in the whole page."""
    return Sign(row, endpoint, re.compile(pattern))


SIGNS = (
    sign("case.existence", "feedback.give", r"<h1"),
    sign("case.existence", "outside.show", r"<h1"),
    sign("case.stage", "cases.detail", r"<h1"),
    sign("packet.seal", "cases.detail", r'id="option-seal"'),
    sign("packet.unseal", "cases.detail", r'id="option-unseal"'),
    sign("packet.pdf", "packets.page", r"/packet\.pdf"),
    sign("vote.reveal", "votes.session", r"reveal_votes"),
    sign("vote.turnout", "votes.session", r"<b>[1-9]\d*/\d+</b><span>votes are in"),
    sign("link.revoke", "invites.invite", r"/revoke\b"),
    sign("roles", "people.roles", r"<h1"),
    sign("audit.events", "audit.show", r"case\."),
    sign("audit.detail", "audit.of_case", r'data-l="In detail"[^>]*><span'),
    sign("conflict.list", "audit.of_case", r"conflict\.(set|declare)"),
    sign("break_glass", "emergency.show", r'action="/emergency"'),
    sign("conflict.own_declaration", "committees.declare", r'name="kind"'),
    sign("decision.announce", "letters.release", r"/(approve|cancel)\b"),
    sign("feedback.count", "feedback.ask", r"<b class=.num.>"),
    sign("feedback.count", "packets.page", r">Not heard enough<|>Needed<"),
    sign("decision.outcome", "decisions.decide", r"Not yet"),
)
