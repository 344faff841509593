"""The order of states that several workflows share: that of the longest one, with what the others have between."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=64)
def merge_orders(orders: frozenset[tuple[str, ...]]) -> tuple[str, ...]:
    """Return all states once; what only one order has follows what it follows there.

    Args:
        orders: the states of each workflow, in its order.
    """
    merged: list[str] = []
    for order in sorted(orders, key=lambda each: (-len(each), each)):
        place = 0
        for state in order:
            if state not in merged:
                merged.insert(place, state)
            place = merged.index(state) + 1
    return tuple(merged)
