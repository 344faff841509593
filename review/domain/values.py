"""Values: frozen dataclasses that share their methods and make their constructor when the first one is wanted.

For each class the standard library writes six methods and compiles them, and with slots it makes a second class and
leaves the first. A start makes six hundred classes, most of which never have an instance.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from copy import copy
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

VALUE = {"frozen": True}
"""The options of a dataclass that is a value; one with any others is the standard library's."""
AFTER = "__post_init__"

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - it is given on
else:

    def dataclass(cls=None, /, **options):
        """Make a dataclass; a value where it is frozen and nothing else."""
        return make_value if options == VALUE else dataclasses.dataclass(cls, **options)


def make_value(cls: type[Any]) -> type[Any]:
    """Make a class a value: what it has of its own stays."""
    for name, method in SHARED.items():
        if vars(cls).get(name) is None:
            setattr(cls, name, method)
    made = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    compared = [field.name for field in dataclasses.fields(made) if field.compare]
    made._compared = attrgetter(*compared) if compared else staticmethod(_alike)
    if "__init__" not in vars(made):
        made.__init__ = _wait_for_first(made)
    return made


def _wait_for_first(cls: type[Any]) -> Callable[..., None]:
    def __init__(self: object, *given: Any, **named: Any) -> None:  # noqa: N807 - it becomes the method of this name
        cls.__init__ = _make_init(cls)
        cls.__init__(self, *given, **named)

    return __init__


def _make_init(cls: type[Any]) -> Callable[..., None]:
    """Return the constructor that the standard library writes for a frozen dataclass with these fields."""
    told = {AFTER: getattr(cls, AFTER)} if hasattr(cls, AFTER) else {}
    fields = [(field.name, field.type, copy(field)) for field in dataclasses.fields(cls)]
    like = dataclasses.make_dataclass(cls.__name__, fields, namespace=told, repr=False, eq=False, frozen=True)
    made: Callable[..., None] = vars(like)["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _alike(_value: object) -> tuple[()]:
    return ()


def _list_fields(value: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(value)


def _equals(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return self._compared(self) == self._compared(other)


def _hash(self: Any) -> int:
    return hash(self._compared(self))


@recursive_repr()
def _show(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in _list_fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in _list_fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(_list_fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


SHARED: dict[str, Callable[..., Any]] = {
    "__eq__": _equals,
    "__hash__": _hash,
    "__repr__": _show,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _get_state,
    "__setstate__": _set_state,
}
"""The methods that all values have."""
