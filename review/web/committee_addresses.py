"""Addresses of HR's page of committees: which committees and which cases it shows."""

from __future__ import annotations

from typing import Any

from flask import url_for

from review.forms.committees import AssignSearchForm
from review.web.committee_cards import Cards

SHOW = "committees.edit"


def address_place(form: AssignSearchForm, page: int) -> dict[str, Any]:
    """Return the parts of an address that lead to both lists as narrowed; a first page goes unsaid."""
    return address_cases(form, page) | form.cards_address()


def address_cases(form: AssignSearchForm, page: int) -> dict[str, Any]:
    """Return the parts that lead to a page of the cases."""
    return form.address() | ({"page": page} if page > 1 else {})


def turn_cases(cycle_id: int, form: AssignSearchForm, page: int) -> str:
    """Return where a page of the cases is."""
    return url_for(SHOW, cycle_id=cycle_id, **address_place(form, page), _anchor="cases")


def turn_cards(cycle_id: int, form: AssignSearchForm, page: int, cards: Cards) -> tuple[str | None, str | None]:
    """Return where the committees before and after those shown are; `page` of the cases stays."""
    kept = address_cases(form, page) | ({"who": form.who.data} if form.who.data else {})

    def turn(number: int) -> str:
        parts: dict[str, Any] = kept | ({"cards": number} if number > 1 else {})
        return url_for(SHOW, cycle_id=cycle_id, **parts, _anchor="who-sits")

    before = turn(cards.page - 1) if cards.page > 1 else None
    return before, turn(cards.page + 1) if cards.last < cards.found else None
