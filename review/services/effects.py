"""The registry of effects: what an action's `do:` names, and the functions that carry it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.checks import EFFECTS
from review.domain.values import dataclass
from review.models import Feedback, Seat
from review.queries.standing import Standing

Item = Feedback | Seat


@dataclass(frozen=True)
class Move:
    """What an effect may look at: the move that has just been made, in its transaction.

    `standing` is how the case stood before the move; `standing.case` is the row as it is now.
    """

    session: Session
    standing: Standing
    actor: Actor
    now: datetime
    action: str
    decision: str | None
    form: Mapping[str, object]
    note: str
    item: Item | None = None


Effect = Callable[[Move], None]
_registered: dict[str, Effect] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Register a function as the effect of this name; raise ValueError for an unknown name or a second function."""
    if name not in EFFECTS:
        raise ValueError(f"workflows know no effect {name}")

    def register(function: Effect) -> Effect:
        if name in _registered:
            raise ValueError(f"the effect {name} is registered twice")
        _registered[name] = function
        return function

    return register


def run_effect(name: str, move: Move) -> None:
    """Carry out an effect; raise KeyError when no service has registered it."""
    _load_all()
    _registered[name](move)


@cache
def _load_all() -> None:
    """Import every service, so that each has registered its effects; they import this module, not the other way."""
    package = import_module("review.services")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
