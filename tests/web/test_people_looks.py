"""A large people file: a worker looks at it, its page can be left and found again, and then shows what would change."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.config import Settings
from review.web import people_import
from tests.personas import Company
from tests.signed_in import Door, soup, words

PEOPLE = b"external_id,name,manager,shoe\nn1,New One,ben,44\nben,Ben Ito,mats,41\n"


@pytest.fixture
def door(
    client: FlaskClient, session: Session, company: Company, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Door:
    """Return a door to an installation to which each file is a large one."""
    monkeypatch.setattr(people_import, "LOOKED_AT_ONCE", 10)
    return Door(client, session, now, company.ids)


def upload(client: FlaskClient, data: bytes = PEOPLE, **more: str) -> str:
    """Send a file and return where its page is."""
    fields = {"file": (io.BytesIO(data), "people.csv"), "mapping": "", "order": "not-said", **more}
    sent = client.post("/people/import", data=fields, content_type="multipart/form-data")
    assert sent.status_code == 303, words(sent)
    return str(sent.location)


def test_a_large_file_is_looked_at_by_a_worker_and_taken_in(door: Door, run_jobs: Callable[[], int]) -> None:
    client = door.enter("hanna")
    page = upload(client, mapping="title=shoe", order="day-first")
    assert "Waiting for a worker Nothing is changed." in words(client.get(page))
    assert 'hx-trigger="every 2s"' in client.get(f"{page}/live").get_data(as_text=True)
    start = client.get("/people/import")
    assert soup(start).select_one("[aria-labelledby=looks] a")["href"] == page  # type: ignore[index]
    assert run_jobs() == 1
    live = client.get(f"{page}/live").get_data(as_text=True)
    assert ("See what would change" in live, "hx-trigger" in live) == (True, False)
    shown = client.get(page)
    for part in (
        "What would change",
        "New One (n1)",
        "manager Greta Holm (greta) Mats Oduya (mats)",
        "Join 1",
        "Read as UTF-8.",
    ):
        assert part in words(shown), part
    form = soup(shown).select_one("form[action='/people/import/apply']")
    assert form is not None
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
    assert (fields["mapping"], fields["order"], "is_full" in fields) == ("title=shoe", "day-first", False)
    assert (fields["name"], len(fields["fingerprint"])) == ("people.csv", 64)
    taken = client.post("/people/import/apply", data=fields)
    assert (taken.status_code, taken.location) == (303, page)
    assert soup(client.get("/people/import")).select_one("[aria-labelledby=looks]") is None
    assert "Waiting for a worker" in words(client.get(page))
    assert run_jobs() == 1
    assert "Joined 1 Came back 0 Left 0 Changed 1" in words(client.get(page))


@pytest.mark.parametrize("key", ["otto", "greta"])
def test_a_look_is_for_keepers_of_the_directory_alone(door: Door, run_jobs: Callable[[], int], key: str) -> None:
    page = upload(door.enter("hanna"))
    run_jobs()
    assert door.enter("ines").get(page).status_code == 200
    assert [door.enter(key).get(each).status_code for each in (page, f"{page}/live")] == [404, 404]


def test_faults_are_listed_and_what_lay_too_long_is_gone(
    door: Door, run_jobs: Callable[[], int], settings: Settings
) -> None:
    client = door.enter("hanna")
    faulty = upload(client, b"external_id,name,email\nn1,,nonsense\n")
    unread = upload(client, b'external_id,name\nn1,"New\n')
    run_jobs()
    page = client.get(faulty)
    assert "2 things to put right" in words(page)
    assert "row 2, email: “nonsense” is no e-mail address Expected: name@host" in words(page)
    assert "/people/import/apply" not in page.get_data(as_text=True)
    assert "It cannot be taken in as it is:" in words(client.get(unread))
    for path in (settings.files_dir / "imports").iterdir():
        path.unlink()
    for address in (faulty, f"{faulty}/live"):
        assert "The file is no longer here." in words(client.get(address), "#import")


@pytest.mark.parametrize(
    ("data", "more", "said"),
    [
        (b"\xd0\xcf\x11\xe0" * 4, {}, "this is an old or encrypted Excel file"),
        (b"PK\x03\x04" * 4, {}, "the workbook cannot be read"),
        (PEOPLE, {"mapping": "sole=shoe"}, "there is no field “sole”"),
    ],
)
def test_what_is_no_table_is_said_at_once_and_kept_nowhere(
    door: Door, settings: Settings, data: bytes, more: dict[str, str], said: str
) -> None:
    fields = {"file": (io.BytesIO(data), "people.csv"), "mapping": "", "order": "not-said", **more}
    sent = door.enter("hanna").post("/people/import", data=fields, content_type="multipart/form-data")
    assert (sent.status_code, said in words(sent)) == (422, True)
    assert not (settings.files_dir / "imports").exists()
