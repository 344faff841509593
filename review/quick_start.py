"""What a start need not do: walk what stays, and compile the same methods for every value anew."""

from __future__ import annotations

import dataclasses
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from reprlib import recursive_repr
from typing import Any

COMPILES_AT_ONCE = (3, 13)
"""From this Python on a dataclass compiles its methods together, in little time."""


@contextmanager
def no_collection() -> Iterator[None]:
    """Leave garbage alone for a while: nearly all that a start makes stays, and collecting walks it over and over.

    To freeze and to unfreeze it puts all of it among the old objects, which are seldom walked, and walks nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        if was_on:
            gc.enable()


@contextmanager
def quick_dataclasses() -> Iterator[None]:
    """Let dataclasses share the code that shows them and keeps them frozen, instead of compiling it for each anew.

    There are hundreds, and three in ten of their methods are these. A newer Python has no need of it.
    """
    theirs = vars(dataclasses)
    ours = {"_repr_fn": show_fields, "_frozen_get_del_attr": keep_frozen}
    if sys.version_info >= COMPILES_AT_ONCE:
        yield
        return
    kept = {name: theirs[name] for name in ours}
    theirs.update(ours)
    try:
        yield
    finally:
        theirs.update(kept)


def show_fields(fields: Sequence[dataclasses.Field[Any]], _globals: object) -> Callable[[Any], str]:
    """Return the `__repr__` of a dataclass with these fields."""
    names = tuple(field.name for field in fields)

    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807 - it becomes the method of this name
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def keep_frozen(
    cls: type[Any], fields: Sequence[dataclasses.Field[Any]], _globals: object
) -> tuple[Callable[[Any, str, object], None], Callable[[Any, str], None]]:
    """Return the `__setattr__` and `__delattr__` of a frozen dataclass with these fields."""
    names = frozenset(field.name for field in fields)

    def __setattr__(self: Any, name: str, value: object) -> None:  # noqa: N807 - it becomes the method of this name
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807 - it becomes the method of this name
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return __setattr__, __delattr__
