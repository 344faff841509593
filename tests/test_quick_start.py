"""What a start leaves out is missed by nobody: dataclasses and addresses are what they always are."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Map, Rule

from review.quick_start import COMPILES_AT_ONCE, keep_frozen, quick_dataclasses, show_fields
from review.web.rules import LazyRule

Make = Callable[[int, object], Any]


def make_value() -> Make:
    """Return a class like most of ours: frozen, with slots, a default, a field that is not shown."""

    @dataclass(frozen=True, slots=True)
    class Value:
        number: int
        inner: object = None
        hidden: str = field(default="x", repr=False)

    return Value


def make_heir() -> Make:
    """Return a frozen class without slots, below another one."""

    @dataclass(frozen=True)
    class Base:
        number: int

    @dataclass(frozen=True)
    class Heir(Base):
        inner: object = None

    return Heir


def describe(kind: Make) -> list[object]:
    """Return what one meets who works with values of this class."""
    one, alike = kind(1, kind(2, [3])), kind(1, kind(2, [3]))
    return [
        repr(one),
        repr(dataclasses.replace(one, number=5)),
        repr(copy.deepcopy(one)),
        (one == alike, one == kind(1, None)),
        hash(kind(1, None)) == hash(kind(1, None)),
        tell(lambda: setattr(one, "number", 7)),
        tell(lambda: delattr(one, "inner")),
        tell(lambda: setattr(one, "elsewhere", 7)),
    ]


def tell(call: Callable[[], object]) -> str:
    """Return what a call does: its result or its error, in words."""
    try:
        return repr(call())
    except (AttributeError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("make", [make_value, make_heir])
def test_a_quick_dataclass_is_as_any_other(make: Callable[[], Make]) -> None:
    slow = make()
    with quick_dataclasses():
        quick = make()
    assert make.__qualname__ in repr(quick(1, [])), "a value is shown under its name"
    assert describe(quick) == describe(slow)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'number'"):
        quick(1, None).number = 2


def test_a_value_within_itself_is_shown() -> None:
    with quick_dataclasses():
        value = make_value()
    held: list[object] = []
    held.append(value(1, held))
    assert repr(held[0]).endswith("Value(number=1, inner=[...])")


def test_dataclasses_are_quick_meanwhile_alone() -> None:
    theirs, names = vars(dataclasses), ("_repr_fn", "_frozen_get_del_attr")
    before = [theirs.get(name) for name in names]
    with quick_dataclasses():
        meanwhile = [theirs.get(name) for name in names]
    assert meanwhile == ([show_fields, keep_frozen] if sys.version_info < COMPILES_AT_ONCE else before)
    assert [theirs.get(name) for name in names] == before


def test_a_value_of_the_app_survives_the_way_to_another_process() -> None:
    from review.domain.text import text

    assert pickle.loads(pickle.dumps(text("Nothing"))) == text("Nothing")


def sample_of(converter: BaseConverter) -> object:
    """Return a value for a place in an address; a word with a sign that must be coded where any will do."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 7 if isinstance(converter, IntegerConverter) else "a ö"


def test_each_route_builds_the_address_that_it_always_would(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    assert {type(rule) for rule in rules} == {LazyRule}
    eager = Map([Rule(rule.rule, endpoint=rule.endpoint, defaults=rule.defaults) for rule in rules])
    plain = {(rule.endpoint, rule.rule): rule for rule in eager.iter_rules()}
    for rule in rules:
        values = {name: sample_of(converter) for name, converter in rule._converters.items()}
        twin = plain[rule.endpoint, rule.rule]
        wanted = {**values, "words": "ö&"}
        assert rule.build(wanted) == twin.build(wanted)
        assert rule.build(wanted, append_unknown=False) == twin.build(wanted, append_unknown=False)
