"""What the release of a decided case would do, or why it cannot go out."""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.access import Role
from review.domain.checks import CaseFacts
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN, Definition, Option, State, options
from review.queries.letter_record import RELEASING

SETS_LEVEL = "write_new_level"


@dataclass(frozen=True)
class Outlook:
    """What the release of a case would do, or why it cannot go out: the same for all that stand alike."""

    action: str | None
    title: str
    sets_level: bool
    reasons: tuple[Text, ...]


def look_out(
    definition: Definition, tokens: Mapping[str, str], outcome: str | None, *, is_letter_ready: bool
) -> Outlook:
    """Return what the release of a case would do that stands so, once a second person has approved it."""
    facts = CaseFacts(
        tokens=tokens, decision=outcome, is_letter_ready=is_letter_ready, is_approved_by_second_person=True
    )
    found = [
        each
        for each in options(definition, facts.tokens, frozenset({str(Role.HR)}), facts)
        if each.region == MAIN and RELEASING in definition.actions[each.id].do
    ]
    fits = min(found, key=lambda each: len(each.reasons), default=None)
    return Outlook(
        action=fits.id if fits else None,
        title=fits.title if fits else "",
        sets_level=fits is not None and SETS_LEVEL in definition.actions[fits.id].do,
        reasons=_reasons(fits, definition.states[facts.tokens[MAIN]]),
    )


def _reasons(fits: Option | None, here: State) -> tuple[Text, ...]:
    if fits is None and here.phase is not Phase.DECIDED:
        return (text("It is at another step now: %(state)s", state=text(here.title)),)
    if fits is None:
        return (text("First comes: %(state)s", state=text(here.title)),)
    return tuple(reason.text for reason in fits.reasons)
