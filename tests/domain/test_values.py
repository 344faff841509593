"""Values: what makes two equal, what shows of one, that nothing changes one, and what a class keeps of its own."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from review.domain.values import dataclass


@dataclass(frozen=True)
class Point:
    """A place, with a note that does not count."""

    x: int
    y: int = 7
    labels: list[str] = dataclasses.field(default_factory=list)
    note: str = dataclasses.field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class Hashed:
    """What may be a key."""

    x: int
    y: str


@dataclass(frozen=True)
class Same:
    """The same fields, and something else all the same."""

    x: int
    y: str


@dataclass(frozen=True)
class Deeper(Hashed):
    """One field more."""

    z: float


@dataclass(frozen=True)
class Named:
    """A field that is given by its name alone, before one that is not."""

    y: int = dataclasses.field(kw_only=True)
    x: int


@dataclass(frozen=True)
class Empty:
    """Nothing."""


@dataclass(frozen=True)
class Own:
    """Methods of its own."""

    x: int
    seen: list[int]

    def __post_init__(self) -> None:
        self.seen.append(self.x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 3

    def __repr__(self) -> str:
        return "mine"


@dataclasses.dataclass(frozen=True, slots=True)
class Plain:
    """A value of the standard library."""

    x: int
    y: str


def test_a_value_is_made_as_the_standard_library_makes_it() -> None:
    first, second = Point(1), Point(1, y=2, labels=["a"], note="n")
    assert (first.x, first.y, first.labels, first.note) == (1, 7, [], "")
    assert (second.x, second.y, second.labels, second.note) == (1, 2, ["a"], "n")
    assert Point(2).labels is not first.labels
    assert (Deeper(1, "a", 0.5).x, Deeper(1, "a", 0.5).z) == (1, 0.5)
    assert Point.__match_args__ == ("x", "y", "labels", "note")  # type: ignore[attr-defined]


def test_a_field_may_be_given_by_its_name_alone() -> None:
    assert dataclasses.astuple(Named(1, y=2)) == (2, 1)
    with pytest.raises(TypeError, match=r"^Named\.__init__\(\) takes 2 positional arguments but 3 were given$"):
        Named(1, 2)  # type: ignore[call-arg]


@pytest.mark.parametrize(("given", "named"), [((), {}), ((1, "a", 2), {}), ((1,), {"z": 1}), ((1, "a"), {"x": 2})])
def test_what_does_not_fit_is_refused_as_the_standard_library_does(
    given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(TypeError) as refused:
        Hashed(*given, **named)
    with pytest.raises(TypeError) as theirs:
        Plain(*given, **named)
    assert str(refused.value) == str(theirs.value).replace("Plain", "Hashed")


def test_two_are_equal_by_the_fields_that_count() -> None:
    assert Point(1, note="a") == Point(1, note="b")
    assert [Point(1) == Point(2), Point(1) == Point(1, labels=["a"]), Hashed(1, "a") == Same(1, "a")] == [False] * 3
    assert [Hashed(1, "a") == Deeper(1, "a", 0.5), Hashed(1, "a") != Hashed(1, "a"), Hashed(1, "a") == 1] == [False] * 3
    assert Empty() == Empty()
    assert len({Hashed(1, "a"), Hashed(1, "a"), Hashed(2, "a"), Deeper(1, "a", 0.5)}) == 3
    assert hash(Hashed(1, "a")) == hash(Plain(1, "a"))


def test_nothing_changes_one() -> None:
    value = Hashed(1, "a")
    for change in (lambda: setattr(value, "x", 2), lambda: setattr(value, "new", 2)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del value.x
    assert value == Hashed(1, "a")


def test_it_shows_its_fields() -> None:
    assert repr(Point(1, labels=["a"], note="n")) == "Point(x=1, y=7, labels=['a'])"
    assert (repr(Empty()), repr(Deeper(1, "a", 0.5))) == ("Empty()", "Deeper(x=1, y='a', z=0.5)")


def test_it_is_copied_and_sent_to_another_process() -> None:
    value = Point(1, 2, ["a"], "n")
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert (other, other.note, other is value) == (value, "n", False)
    assert dataclasses.replace(value, x=3) == Point(3, 2, ["a"])
    assert dataclasses.asdict(value) == {"x": 1, "y": 2, "labels": ["a"], "note": "n"}


def test_a_class_keeps_what_it_has_of_its_own() -> None:
    seen: list[int] = []
    first, second = Own(1, seen), Own(2, seen)
    assert (first == second, hash(first), repr(second), seen) == (True, 3, "mine", [1, 2])


def test_a_class_may_have_a_constructor_of_its_own() -> None:
    @dataclass(frozen=True)
    class Made:
        x: int

        def __init__(self, half: int) -> None:
            object.__setattr__(self, "x", 2 * half)

    assert Made(half=2).x == 4


def test_the_class_is_the_one_that_was_written() -> None:
    class Written:
        x: int

    assert dataclass(frozen=True)(Written) is Written


def test_with_other_options_it_is_the_standard_librarys() -> None:
    @dataclass(slots=True)
    class Counter:
        count: int = 0

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        name: str

    @dataclass
    class Bare:
        name: str

    counter = Counter()
    counter.count += 1
    assert (counter, Named(name="a").name, Bare("a")) == (Counter(1), "a", Bare("a"))
    with pytest.raises(TypeError):
        Named("a")  # type: ignore[misc]
