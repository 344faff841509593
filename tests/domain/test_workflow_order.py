"""Stages of workflows that share some of them stand in one order, in which each workflow goes through its own."""

from __future__ import annotations

from review.domain.workflow_order import merge_orders
from tests.domain.workflow_ways import DEFINITIONS


def test_the_sign_off_stands_where_it_is_on_the_way() -> None:
    both = merge_orders(frozenset(each.in_order for each in DEFINITIONS.values()))
    assert both == (
        *("nominated", "collecting", "reading", "voting", "discussion", "signoff", "decided", "not_yet", "appeal"),
        *("growth_plan", "promoted", "deferred", "closed_not_yet", "ineligible", "withdrawn"),
    )


def test_what_only_one_order_has_follows_what_it_follows_there() -> None:
    orders = frozenset({("a", "b", "c", "d"), ("first", "a", "c", "last"), ("b", "between", "d")})
    assert merge_orders(orders) == ("first", "a", "b", "between", "c", "last", "d")
    assert merge_orders(frozenset()) == ()
