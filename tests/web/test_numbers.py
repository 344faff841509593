"""A number that no row can hold: in an address, in a parameter, in a field that is hidden or chosen from."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from review.models import Case
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, words

pytestmark = pytest.mark.both_databases
LARGEST = 2**31 - 1
TOO_LARGE = (2**31, 2**63, 10**40)


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return open_case_of(session, scene, "iris", "staff-pm", now)


def test_in_an_address_it_is_an_id_that_is_not_there(door: Door, case: Case) -> None:
    client = door.enter("iris")
    assert client.get(f"/cases/{case.id}").status_code == 200
    missing = client.get(f"/cases/{LARGEST}")
    answers = [client.get(f"/cases/{number}") for number in TOO_LARGE]
    assert [(answer.status_code, answer.data) for answer in answers] == [(404, missing.data)] * len(TOO_LARGE)


def test_in_a_parameter_it_is_not_there(door: Door, case: Case) -> None:
    client = door.enter("hanna")
    for path in (
        f"/cycles/{case.cycle_id}/nominate?candidate=",
        "/messages?before=",
        "/audit?before=",
        "/people?page=",
    ):
        plain = client.get(path)
        assert [client.get(f"{path}{number}").status_code for number in TOO_LARGE] == [plain.status_code] * 3, path


def test_in_a_hidden_field_it_is_no_version_and_both_texts_are_shown(door: Door, case: Case) -> None:
    client, path = door.enter("iris"), f"/cases/{case.id}/self-review/hard-skills"
    assert client.post(path, data={"self_review": "I led the pricing work."}).status_code == 303
    for number in TOO_LARGE:
        answer = client.post(path, data={"version": str(number), "self_review": "I followed."})
        told = words(answer)
        assert (answer.status_code, "I led the pricing work." in told, "I followed." in told) == (409, True, True)
