"""Canonical JSON: the numbers and orders of RFC 8785, one sequence of bytes for one value."""

import json
import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.canonical_json import SAFE_INTEGER, canonical_json, digest
from tests.programs import run_program

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-SAFE_INTEGER, SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("bits", "written"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_floats_as_ecmascript_writes_them(bits, written):
    """The table of RFC 8785, appendix B."""
    value = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonical_json(value).decode() == written


def test_the_worked_example_of_the_standard():
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical_json(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_are_ordered_by_their_utf16_code_units():
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = list(json.loads(canonical_json(dict.fromkeys(keys))))
    assert ordered == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@given(VALUES)
def test_it_reads_back_and_is_written_the_same_again(value):
    written = canonical_json(value)
    read = json.loads(written, parse_int=float)
    assert read == value
    assert canonical_json(read) == written


@given(st.dictionaries(TEXTS, st.integers(0, 9), min_size=2))
def test_the_order_of_members_does_not_matter(value):
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), SAFE_INTEGER + 1, -SAFE_INTEGER - 1, "\ud800"]
)
def test_what_json_cannot_hold_exactly_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011 - each for a reason of its own
        canonical_json({"value": [value]})


@pytest.mark.parametrize("value", [{1: "a"}, {"a"}, b"a", object()])
def test_what_json_does_not_know_is_refused(value):
    with pytest.raises(TypeError):
        canonical_json([value])


PROGRAM = """
from review.domain.canonical_json import canonical_json, digest
value = {name: {other: [name, 1.5, None] for other in {"x", "y", name}} for name in {"b", "a", "ö", "€", "\\U0001f600"}}
print(digest(canonical_json(value)))
"""


def test_the_bytes_do_not_depend_on_the_hash_seed():
    digests = {run_program(PROGRAM, env={**os.environ, "PYTHONHASHSEED": seed}) for seed in ("0", "1", "4711")}
    assert len(digests) == 1


def test_a_digest_is_the_sha256_in_hex():
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
