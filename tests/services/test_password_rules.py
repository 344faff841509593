"""Passwords that leaked somewhere: looked for in a sorted file of digests, by halves."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from review import create_app
from review.config_sign_in import SignInSettings, read_sign_in
from review.models import Person
from review.services.password_rules import find_fault, is_leaked
from review.services.sign_ins import hash_password
from tests.conftest import HouseClient, make_settings
from tests.personas import found_company
from tests.signed_in import Door, faults

LEAKED = "seven grey herons by the weir"
OTHER = "an owl under the ninth roof"


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def write_list(folder: Path, passwords: list[str], end: str = "\r\n") -> Path:
    """Write a list as it is handed out: digests and how often each leaked, sorted."""
    file = folder / "leaked.txt"
    file.write_text("".join(f"{each}:{len(each)}{end}" for each in sorted(map(digest, passwords))), newline="")
    return file


@pytest.mark.parametrize("count", [1, 2, 3, 200])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_line_is_found_and_nothing_else(tmp_path: Path, count: int, end: str) -> None:
    known = [f"password {number}" for number in range(count)]
    file = write_list(tmp_path, known, end)
    assert [each for each in known if not is_leaked(each, file)] == []
    assert [each for each in (f"other {number}" for number in range(200)) if is_leaked(each, file)] == []


def test_an_empty_list_knows_none_and_a_missing_one_is_no_empty_one(tmp_path: Path) -> None:
    assert not is_leaked(LEAKED, write_list(tmp_path, []))
    with pytest.raises(FileNotFoundError):
        is_leaked(LEAKED, tmp_path / "missing")


def test_a_password_that_leaked_is_refused_where_there_is_a_list(tmp_path: Path) -> None:
    file = write_list(tmp_path, [LEAKED, "more", "and more"])
    assert find_fault(LEAKED) is None
    refused = find_fault(LEAKED, leaked=file)
    assert refused is not None
    assert (str(refused.what), refused.field) == ("This password has leaked somewhere", "new")
    assert find_fault(OTHER, leaked=file) is None


def test_the_pages_refuse_it_too(database_url: str, tmp_path: Path, session: Session, now: datetime) -> None:
    """One's own, and a first one that somebody else sets."""
    file = write_list(tmp_path, [LEAKED])
    sign_in = read_sign_in({"LEAKED_PASSWORDS": str(file)})
    assert sign_in == SignInSettings(leaked=file)
    app = create_app(make_settings(database_url, tmp_path, sign_in=sign_in))
    app.extensions["clock"], app.test_client_class = lambda: now, HouseClient
    company = found_company(session)
    session.get_one(Person, company.id("ines")).password_hash = hash_password(OTHER)
    client = Door(app.test_client(), session, now, company.ids).enter("ines")
    own = client.post("/preferences/password", data={"current": OTHER, "new": LEAKED})
    assert faults(own) == ["This password has leaked somewhere"]
    url = f"/people/{company.id('ben')}/password"
    assert faults(client.post(url, data={"password": LEAKED})) == [
        "Too many people would guess this, or it has leaked somewhere"
    ]
    assert client.post(url, data={"password": OTHER}).status_code == 303
