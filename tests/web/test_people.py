"""The directory's pages: who sees what, imports in two steps, roles, leaving, and acting for somebody."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.adapters.workbook import stream_xlsx
from review.config import Settings
from review.models import AuditEvent, Delegation, Person, RoleGrant, SignIn
from review.services.sign_ins import try_sign_in
from tests.conftest import Statements
from tests.factories import publish_ladder
from tests.personas import Company
from tests.signed_in import Door, listed, soup
from tests.trail import detail_of

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def enter(client: FlaskClient, session: Session, company: Company, now: datetime) -> Enter:
    return Door(client, session, now, company.ids).enter


def words(answer: TestResponse) -> str:
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    main = page.find("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def names(answer: TestResponse) -> list[str]:
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    return [link.get_text() for link in page.select("tbody th a")]


def hidden(answer: TestResponse) -> dict[str, str]:
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    form = page.select_one("form[action='/people/import/apply']")
    assert form is not None
    return {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}


def upload(client: FlaskClient, data: bytes, name: str = "people.csv", **more: str) -> TestResponse:
    fields = {"file": (io.BytesIO(data), name), "mapping": "", "order": "not-said", **more}
    return client.post("/people/import", data=fields, content_type="multipart/form-data")


def test_a_colleague_finds_people_by_every_word_in_any_capitals(enter: Enter) -> None:
    client = enter("otto")
    assert names(client.get("/people?words=HOLM")) == ["Greta Holm"]
    assert names(client.get("/people?words=pm product staff")) == ["Pavel Novak"]
    assert names(client.get("/people?function=Sales")) == ["Aya Sato", "Sam Tran"]
    assert names(client.get("/people?words=100%25")) == []
    assert len(names(client.get("/people"))) == 27
    assert "Xenia" not in words(client.get("/people?words=Xenia"))


def test_letters_beyond_ascii_are_found_in_any_capitals(enter: Enter, session: Session) -> None:
    session.add(Person(external_id="o1", name="Östen Åkesson"))
    assert names(enter("otto").get("/people?words=östen ÅKESSON")) == ["Östen Åkesson"]


@pytest.mark.both_databases
@pytest.mark.parametrize("word", ["%", "_", "\\", "/", "O\\n", "60_%", "(SATO)"])
def test_a_sign_that_means_others_in_a_pattern_finds_people_as_it_is(enter: Enter, session: Session, word: str) -> None:
    session.add(Person(external_id="o1", name="o\\Neil 60_%/ (Sato)"))
    assert names(enter("otto").get("/people", query_string={"words": word})) == ["o\\Neil 60_%/ (Sato)"]


def test_the_directory_is_paged_with_the_same_statements_for_one_and_fifty_rows(
    enter: Enter, session: Session, statements: Statements
) -> None:
    client = enter("otto")

    def count(url: str) -> int:
        with statements() as issued:
            assert client.get(url).status_code == 200
        return len(issued)

    session.add_all(Person(external_id=f"z{at}", name=f"Zoe {at:03}") for at in range(120))
    session.commit()
    assert count("/people?words=Greta") == count("/people?words=Zoe")
    assert names(client.get("/people?words=Zoe&page=3")) == [f"Zoe {at:03}" for at in range(100, 120)]
    assert names(client.get("/people?words=Zoe&page=99")) == [f"Zoe {at:03}" for at in range(100, 120)]
    assert names(client.get("/people?words=Zoe&page=-1"))[0] == "Zoe 000"
    assert "51 to 100 of 120" in words(client.get("/people?words=Zoe&page=2"))


def test_a_colleague_sees_name_title_and_function_only(enter: Enter, company: Company) -> None:
    client = enter("otto")
    page = client.get(f"/people/{company.id('ben')}")
    assert words(page) == "People Ben Ito PM · Product"
    for secret in ("ben@company.example", "pm-2", "Greta"):
        assert secret not in page.get_data(as_text=True)


def test_oneself_and_hr_see_the_record(enter: Enter, company: Company) -> None:
    for key in ("ben", "hanna"):
        shown = words(enter(key).get(f"/people/{company.id('ben')}"))
        for part in ("ben@company.example", "pm-2", "Greta Holm", "Dario Amato", "Noor Castell"):
            assert part in shown


def test_a_level_is_told_by_code_and_name(enter: Enter, session: Session, company: Company) -> None:
    publish_ladder(session)
    assert "Level IC2 PM 2 since" in words(enter("hanna").get(f"/people/{company.id('ben')}"))


def test_who_sees_roles_on_a_persons_page(enter: Enter, company: Company) -> None:
    seen = {}
    for key in ("hanna", "abel", "ines", "otto", "greta"):
        seen[key] = "Roles in the company" in words(enter(key).get(f"/people/{company.id('hugo')}"))
    assert seen == {"hanna": True, "abel": True, "ines": True, "otto": False, "greta": False}


def test_a_leaver_is_the_same_404_as_nobody_for_colleagues(enter: Enter, company: Company) -> None:
    client = enter("otto")
    gone, nobody = client.get(f"/people/{company.id('xenia')}"), client.get("/people/99999")
    assert (gone.status_code, nobody.status_code) == (404, 404)
    assert gone.data == nobody.data
    assert "Has left the company" in words(enter("hanna").get(f"/people/{company.id('xenia')}"))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/people/import", {"hanna", "ines"}),
        ("POST", "/people/import", {"hanna", "ines"}),
        ("POST", "/people/import/apply", {"hanna", "ines"}),
        ("GET", "/people/import/1", set()),
        ("GET", "/people/leavers", {"hanna"}),
        ("GET", "/people/roles", {"hanna", "ines", "abel"}),
        ("POST", "/people/roles", {"ines"}),
        ("POST", "/people/1/roles/hr/revoke", set()),
        ("POST", "/people/7/leave", {"hanna", "ines"}),
        ("POST", "/people/7/password", {"ines"}),
    ],
)
def test_pages_of_the_directory_are_open_to_their_keepers_alone(
    enter: Enter, method: str, path: str, allowed: set[str]
) -> None:
    open_to = set()
    for key in ("otto", "greta", "abel", "noor", "petra", "hanna", "ines"):
        if enter(key).open(path, method=method).status_code != 404:
            open_to.add(key)
    assert open_to == allowed


def test_an_import_shows_what_would_change_and_then_does_exactly_that(
    enter: Enter, session: Session, settings: Settings, company: Company, run_jobs: Callable[[], int]
) -> None:
    client = enter("hanna")
    data = b"external_id,name,manager,shoe\nn1,New One,ben,44\nben,Ben Ito,mats,41\n"
    page = upload(client, data)
    assert page.status_code == 200
    shown = words(page)
    for part in ("Read as UTF-8.", "Not read, because no field is mapped to them: shoe.", "New One (n1)", "Mats Oduya"):
        assert part in shown
    assert session.scalar(sa.select(Person.id).where(Person.external_id == "n1")) is None
    kept = list((settings.files_dir / "imports").iterdir())
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]
    session.rollback()
    done = client.post("/people/import/apply", data=hidden(page))
    assert (done.status_code, done.location) == (303, "/people/import/1")
    assert "Waiting for a worker" in words(client.get(done.location))
    assert client.post("/people/import/apply", data=hidden(page)).location == "/people/import/1"
    assert run_jobs() == 1
    shown = words(client.get("/people/import/1"))
    assert "The file is taken in" in client.get("/people/import/1/live").get_data(as_text=True)
    assert "Joined 1 Came back 0 Left 0 Changed 1 (a new manager: 1) Stayed as they were 0" in shown
    assert "people.csv asked for by Hanna" in words(client.get("/people/import"))
    session.rollback()
    new = session.scalars(sa.select(Person).where(Person.external_id == "n1")).one()
    assert (new.name, new.manager_id) == ("New One", company.id("ben"))
    summary = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "people.import")).one()
    assert detail_of(session, summary)["digest"] == kept[0].name
    assert list((settings.files_dir / "imports").iterdir()) == []


def test_a_directory_that_moved_on_is_shown_again_instead_of_written(
    enter: Enter, session: Session, company: Company, run_jobs: Callable[[], int]
) -> None:
    client = enter("hanna")
    page = upload(client, b"external_id,name,title\nben,Ben Ito,Senior PM\n")
    session.get_one(Person, company.id("ben")).title = "Junior PM"
    again = client.post("/people/import/apply", data=hidden(page))
    assert again.status_code == 409
    assert "please look again" in words(again)
    session.expire_all()
    assert session.get_one(Person, company.id("ben")).title == "Junior PM"
    session.rollback()
    assert client.post("/people/import/apply", data=hidden(again)).status_code == 303
    assert run_jobs() == 1
    session.expire_all()
    assert session.get_one(Person, company.id("ben")).title == "Senior PM"


def test_a_file_that_is_gone_or_was_exchanged_is_asked_for_again(enter: Enter, settings: Settings) -> None:
    client = enter("hanna")
    fields = hidden(upload(client, b"external_id,name\nn1,New One\n"))
    kept = settings.files_dir / "imports" / fields["digest"]
    kept.write_bytes(b"external_id,name\nn2,Somebody Else\n")
    for _ in range(2):
        answer = client.post("/people/import/apply", data=fields)
        assert answer.status_code == 422
        assert "The file is no longer here" in words(answer)
        kept.unlink(missing_ok=True)
    outside = {**fields, "digest": "../../test.db"}
    assert client.post("/people/import/apply", data=outside).status_code == 422


def test_a_look_at_a_file_keeps_nobody_from_saving(enter: Enter, session: Session, engine: Engine) -> None:
    """A large one takes seconds to compare: whoever holds the lock for writing meanwhile is not waited for."""
    client = enter("hanna")
    with engine.connect() as other, other.begin():
        page = upload(client, b"external_id,name\nn1,Nora North\n", "people.csv")
        assert (page.status_code, "Nora North (n1)" in words(page)) == (200, True)


def test_of_many_faults_the_first_are_listed_and_all_are_counted(enter: Enter) -> None:
    lines = [f"n{number},,nonsense" for number in range(102)]
    page = upload(enter("hanna"), "\n".join(["external_id,name,email", *lines]).encode(), "people.csv")
    shown = soup(page)
    assert shown.select_one("[role=alert] h2").get_text(strip=True) == "204 things to put right"  # type: ignore[union-attr]
    assert len(shown.select("[role=alert] li")) == 200
    assert "4 more are not listed." in words(page)


def test_every_fault_is_listed_with_its_row_and_nothing_can_be_applied(enter: Enter, session: Session) -> None:
    rows = [("n1", "=cmd()", "nonsense", "ben"), ("n2", "", "n2@company.example", "n9")]
    data = b"".join(stream_xlsx(("Number", "Name", "E-Mail", "manager"), rows, "People"))
    page = upload(enter("hanna"), data, "people.xlsx", mapping="external_id=number\nemail=e-mail")
    shown = words(page)
    assert "2 things to put right" in shown
    assert "row 2, E-Mail: “nonsense” is no e-mail address Expected: name@host" in shown
    assert "row 3, Name: it is missing" in shown
    assert "/people/import/apply" not in page.get_data(as_text=True)
    session.rollback()


@pytest.mark.parametrize(
    ("data", "more", "said"),
    [
        (b"", {}, "the file is empty"),
        (b"\xd0\xcf\x11\xe0", {}, "this is an old or encrypted Excel file"),
        (b"a,b\n", {"mapping": "shoe=size"}, "there is no field “shoe”"),
        (b"a,b\n1,2\n", {}, "there is no column “external_id”"),
    ],
)
def test_what_cannot_be_read_is_said_on_the_page(enter: Enter, data: bytes, more: dict[str, str], said: str) -> None:
    assert said in words(upload(enter("hanna"), data, **more))


def test_a_name_with_markup_or_a_formula_is_shown_as_text(
    enter: Enter, session: Session, company: Company, run_jobs: Callable[[], int]
) -> None:
    client = enter("hanna")
    evil = "<script>alert(1)</script>"
    page = upload(client, f"external_id,name,title\nn1,{evil},=1+1\n".encode())
    client.post("/people/import/apply", data=hidden(page))
    run_jobs()
    answer = client.get("/people?words=script")
    assert names(answer) == [evil]
    assert evil not in answer.get_data(as_text=True)


def test_roles_are_given_and_taken_on_the_page(enter: Enter, session: Session, company: Company) -> None:
    client = enter("ines")
    answer = client.post("/people/roles", data={"person": "Otto Nagy", "role": "hr"})
    assert answer.status_code == 303
    held = sa.select(RoleGrant.role).where(RoleGrant.person_id == company.id("otto"))
    assert session.scalars(held).all() == ["hr"]
    assert listed(client.get("/people/roles"), "tbody th").count("Otto Nagy Marketer") == 1
    assert client.post(f"/people/{company.id('otto')}/roles/hr/revoke").status_code == 303
    assert session.scalars(held).all() == []
    own = client.post("/people/roles", data={"person": "ines@company.example", "role": "hr"})
    assert own.status_code == 422
    assert "You cannot change your own roles" in words(own)
    unknown = client.post("/people/roles", data={"person": "nobody", "role": "hr"})
    assert unknown.status_code == 422
    assert "Nobody, or more than one person, is called this" in words(unknown)


def test_a_role_reads_and_writes_only_as_the_table_says(enter: Enter) -> None:
    for key, has_form in (("ines", True), ("hanna", False), ("abel", False)):
        page = enter(key).get("/people/roles").get_data(as_text=True)
        assert ('action="/people/roles"' in page) is has_form


def test_whoever_is_marked_as_left_is_out_at_once(
    enter: Enter, client: FlaskClient, session: Session, company: Company
) -> None:
    enter("ben")
    with client.session_transaction() as cookie:
        bens = dict(cookie)
    assert enter("hanna").post(f"/people/{company.id('ben')}/leave").status_code == 303
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie.update(bens)
    answer = client.get("/people")
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in")
    ended = session.scalars(sa.select(SignIn.ended_at).where(SignIn.person_id == company.id("ben"))).all()
    assert None not in ended


def test_a_first_password_opens_the_door(enter: Enter, session: Session, company: Company, now: datetime) -> None:
    client = enter("ines")
    url = f"/people/{company.id('ben')}/password"
    short = client.post(url, data={"password": "short"})
    assert short.status_code == 422
    assert "Use 15 to 200 characters" in words(short)
    assert client.post(url, data={"password": "a sentence is fine"}).status_code == 303
    result = try_sign_in(session, "ben@company.example", "a sentence is fine", address="x", now=now)
    assert result.person_id == company.id("ben")
    assert session.get_one(Person, company.id("ben")).must_change_password


def test_somebody_lends_their_part_and_takes_it_back(
    enter: Enter, session: Session, company: Company, now: datetime
) -> None:
    client = enter("greta")
    asked = {"delegate": "Mats Oduya", "from_on": "2026-11-16", "until_on": "2026-11-20", "reason": "On leave"}
    assert client.post("/delegations", data=asked).status_code == 303
    row = session.scalars(sa.select(Delegation)).one()
    assert (row.person_id, row.delegate_id, row.until_on - row.from_on) == (
        company.id("greta"),
        company.id("mats"),
        timedelta(days=4),
    )
    session.rollback()
    assert re.search(r"They act for you.*Mats Oduya.*On leave.*open", words(client.get("/delegations")))
    assert "You act for them" in words(enter("mats").get("/delegations"))
    assert enter("ben").post(f"/delegations/{row.id}/end").status_code == 404
    assert enter("mats").post(f"/delegations/{row.id}/end").status_code == 403
    assert enter("greta").post(f"/delegations/{row.id}/end").status_code == 303
    session.expire_all()
    assert session.scalars(sa.select(Delegation.ended_at)).one() == now


def test_a_window_that_cannot_be_keeps_what_was_typed(enter: Enter) -> None:
    asked = {"delegate": "Greta Holm", "from_on": "2026-11-20", "until_on": "2026-11-16", "reason": "Leave, long one"}
    answer = enter("greta").post("/delegations", data=asked)
    assert answer.status_code == 422
    shown = words(answer)
    assert "2 things to put right" in shown
    assert "You cannot act for yourself" in shown
    assert "Leave, long one" in answer.get_data(as_text=True)


def test_only_hr_names_for_whom(enter: Enter, session: Session, company: Company) -> None:
    asked = {"delegate": "Mats Oduya", "person": "Greta Holm", "from_on": "2026-11-16", "until_on": "2026-11-20"}
    assert enter("ben").post("/delegations", data=asked).status_code == 404
    assert enter("hanna").post("/delegations", data=asked).status_code == 303
    row = session.scalars(sa.select(Delegation)).one()
    assert (row.person_id, row.created_by_id) == (company.id("greta"), company.id("hanna"))
    assert "set up by Hanna Ruiz" in words(enter("greta").get("/delegations"))


def test_no_page_of_the_directory_writes_when_read(enter: Enter, session: Session, company: Company) -> None:
    client = enter("hanna")
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent))
    for path in ("/people", f"/people/{company.id('ben')}", "/people/roles", "/people/leavers", "/people/import"):
        assert client.get(path).status_code == 200
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) == before
