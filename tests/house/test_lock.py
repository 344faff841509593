"""The lock files pin everything, name no place to load from, and hold what the package asks for."""

from __future__ import annotations

import re
import tomllib

import pytest

from review.config import ROOT

LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-idp.lock")


def pins(lock: str) -> dict[str, str]:
    """Return name and version of each pinned package."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    """Whoever installs chooses the index."""
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(index|extra-index|find-links|trusted))", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    """An exchanged file is refused by pip."""
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text())
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_both_locks_agree() -> None:
    """What the tests run on is what runs."""
    tested = pins("requirements-test.lock")
    assert {
        name: (pin, tested.get(name)) for name, pin in pins("requirements.lock").items() if tested.get(name) != pin
    } == {}


def test_the_lock_holds_every_dependency() -> None:
    """A dependency that is added to pyproject.toml is pinned in the same change."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[\[<>=~! ]", line)[0].lower().replace(".", "-") for line in project["dependencies"]}
    assert asked - pins("requirements.lock").keys() == set()
    for extra in project["optional-dependencies"].values():
        asked |= {re.split(r"[\[<>=~! ]", line)[0].lower().replace(".", "-") for line in extra}
    assert asked - pins("requirements-test.lock").keys() == set()
