"""What is uploaded is judged by its bytes, at every upload there is; what is downloaded stays a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import review.forms
from review.config import ROOT
from review.models import GroupValue, LadderDraft, Person
from tests.personas import found_company
from tests.signed_in import Door, faults, listed

Enter = Callable[[str], FlaskClient]
LADDER = ROOT / "workflows" / "ladders" / "product-management.yaml"
LEAST = b"external_id,name\n1,Ada\n"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"
HTML = b"\xef\xbb\xbf \n<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00"
PAGE = "a web page or drawing (HTML, XML, SVG)"


def pack(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return file.getvalue()


def workbook(more: dict[str, bytes] | None = None) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (("external_id", "name"), ("1", "Ada")):
        book.active.append(row)
    book.save(file)
    with zipfile.ZipFile(file, "a") as packed:
        for name, content in (more or {}).items():
            packed.writestr(name, content)
    return file.getvalue()


OTHER_KINDS = {
    "pdf": (PDF, "a PDF"),
    "text that a reader of PDF opens": (LEAST + PDF, "a PDF"),
    "page": (HTML, PAGE),
    "drawing with a script": (SVG, PAGE),
    "program": (PROGRAM, "a program"),
    "script": (b"#!/bin/sh\nrm -rf /\n", "a program"),
    "program of linux": (b"\x7fELF\x02\x01\x01" + bytes(9), "a program"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(8), "a picture"),
    "picture that is a workbook too": (b"GIF89a" + workbook(), "a picture"),
    "program that is a workbook too": (PROGRAM + workbook(), "a program"),
    "packed": (b"\x1f\x8b\x08\x00" + bytes(6), "a packed archive"),
    "bytes": (b"id,name\n1,\x00\x01\x02\x03\n" * 9, "no text, but bytes of some program"),
}
WORKBOOKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "macros": (lambda: workbook({"xl/vbaProject.bin": b"macro"}), "the workbook holds macros"),
    "document": (lambda: pack({"word/document.xml": b"<w/>"}), "the workbook cannot be read"),
    "archive": (lambda: pack({"evil.exe": PROGRAM}), "the workbook cannot be read"),
    "cut": (lambda: workbook()[:-40], "the workbook cannot be read"),
    "bomb": (lambda: pack({f"{n}.xml": bytes(31 * 1024**2) for n in range(10)}), "the workbook unpacks to more than"),
    "entities": (lambda: workbook({"xl/a.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "the workbook defines"),
}


TABLES = ("/people/import", "/cycles/past")
"""Where tables are taken in."""


@pytest.fixture
def enter(client: FlaskClient, session: Session, now: datetime) -> Enter:
    return Door(client, session, now, found_company(session).ids).enter


def send(client: FlaskClient, path: str, data: bytes, name: str, kind: str = "text/csv") -> TestResponse:
    fields = {"file": (io.BytesIO(data), name, kind), "mapping": "", "order": "not-said"}
    return client.post(path, data=fields, content_type="multipart/form-data")


def test_every_form_that_takes_a_file_is_tried_here() -> None:
    modules = [import_module(f"review.forms.{each.name}") for each in iter_modules(review.forms.__path__)]
    classes = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    taking = {
        each.__name__
        for each in classes
        for field in vars(each).values()
        if getattr(field, "field_class", None) is FileField
    }
    assert taking == {"UploadForm", "PastUploadForm", "FillForm", "BeginForm", "AnchorForm"}


@pytest.mark.parametrize("case", OTHER_KINDS)
def test_what_is_no_table_is_refused_by_its_bytes(enter: Enter, session: Session, case: str) -> None:
    data, kind = OTHER_KINDS[case]
    before = session.scalar(sa.select(sa.func.count()).select_from(Person))
    client = enter("hanna")
    for path in TABLES:
        answer = send(client, path, data, "people.csv")
        assert (answer.status_code, len(faults(answer))) == (422, 1)
        assert faults(answer)[0].startswith(f"people.csv: this is {kind} Expected: a file saved as .xlsx or as CSV")
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == before


def test_groups_are_taken_from_a_table_alone(enter: Enter, session: Session) -> None:
    client = enter("hanna")
    made = {"name": "Hours", "column": "Hours", "purpose": "Whether fewer hours cost.", "agreed_in": "The agreement"}
    assert client.post("/groups", data=made).status_code == 303
    for data, kind in OTHER_KINDS.values():
        fields = {"a1-file": (io.BytesIO(data), "people.csv", "text/csv")}
        answer = client.post("/groups/1/file", data=fields, content_type="multipart/form-data")
        told = answer.get_data(as_text=True)
        assert (answer.status_code, f"this is {kind}" in told) == (422, True), kind
    assert session.scalar(sa.select(sa.func.count()).select_from(GroupValue)) == 0


@pytest.mark.parametrize("case", WORKBOOKS)
def test_a_workbook_that_is_none_or_does_more_is_refused(enter: Enter, case: str) -> None:
    make, told = WORKBOOKS[case]
    client, made = enter("hanna"), make()
    for path in TABLES:
        answer = send(client, path, made, "people.xlsx")
        assert answer.status_code == 422
        assert faults(answer)[0].startswith(f"people.xlsx: {told}")


@pytest.mark.parametrize(
    ("data", "name"), [(LEAST, "people.xlsx"), (workbook(), "people.csv"), (LEAST, "people.html"), (LEAST, "people")]
)
def test_a_name_that_says_something_else_is_refused(enter: Enter, data: bytes, name: str) -> None:
    client = enter("hanna")
    for path in TABLES:
        answer = send(client, path, data, name, "application/pdf")
        assert answer.status_code == 422
        assert "The name of the file does not fit what is in it" in faults(answer)[0]


@pytest.mark.parametrize(("data", "name"), [(LEAST, "PEOPLE.CSV"), (workbook(), "people.xlsx")])
def test_a_claimed_type_decides_nothing(enter: Enter, data: bytes, name: str) -> None:
    answer = send(enter("hanna"), "/people/import", data, name, "application/x-msdownload")
    assert (answer.status_code, listed(answer, "tbody th")) == (200, ["Ada (1)"])


@pytest.mark.parametrize("case", OTHER_KINDS)
def test_what_is_no_ladder_is_refused_by_its_bytes(enter: Enter, session: Session, case: str) -> None:
    data, kind = OTHER_KINDS[case]
    answer = send(enter("hanna"), "/ladders/drafts/new", data, "ladder.yaml", "application/yaml")
    told = f"ladder.yaml: this is {kind} Expected: a YAML file in the format ladder/1"
    assert (answer.status_code, faults(answer)) == (422, [told])
    assert session.scalars(sa.select(LadderDraft)).all() == []


@pytest.mark.parametrize("case", OTHER_KINDS)
def test_what_is_no_anchor_is_refused(enter: Enter, case: str) -> None:
    answer = enter("abel").post("/audit/whole", data={"file": (io.BytesIO(OTHER_KINDS[case][0]), "anchor.json")})
    assert (answer.status_code, faults(answer)) == (422, ["This is no anchor."])


def test_what_is_downloaded_is_a_file_of_a_fixed_kind(enter: Enter, session: Session) -> None:
    source = LADDER.read_bytes()
    published = send(enter("hanna"), "/ladders/drafts/new", source, "ladder.yaml", "text/html")
    answer = enter("hanna").get(f"{published.headers['Location']}/ladder.yaml")
    assert answer.data == source
    assert answer.headers["Content-Type"].split(";")[0] == "application/yaml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
