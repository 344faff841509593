"""The installation's policy: proposed by one, published by another, told in words; new cycles and drafts take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import AuditEvent, Cycle, PolicyVersion
from review.queries.cycle_choices import shipped_policy
from review.queries.policies import house_policy
from tests.factories import Scene
from tests.signed_in import NO_REASON, faults
from tests.trail import details_where

Enter = Callable[[str], FlaskClient]
OWN = {"manager_sees_authors": ["y"], "n3": ["4"], "conflict_giver": ["shown"], "seat_limited_levels": ["vp-product"]}
SAID = {
    "conflicts": {"giver": "shown"},
    "thresholds": {"n3": 4},
    "anonymity": {"manager_sees_authors": True},
    "seat_limited_levels": ["vp-product"],
}
CHANGES = [
    "The manager reads who wrote what: yes instead of no",
    "Answers that are read together, at least: 4 instead of 3",
    "Levels with few seats: vp-product instead of none",
    "Who gave feedback: a line for the chair instead of may read, may not vote",
]


def soup(client: FlaskClient, path: str) -> BeautifulSoup:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return BeautifulSoup(response.text, "html.parser")


def fill(client: FlaskClient, **other: list[str]) -> dict[str, list[str]]:
    """Return what a browser would send of the form, with other values."""
    form = soup(client, "/policy/change").select("form[action='/policy/change']")[0]
    sent: dict[str, list[str]] = {}
    for field in form.select("input[name]"):
        if field["name"] != "csrf_token" and (field.get("type") != "checkbox" or field.has_attr("checked")):
            sent.setdefault(str(field["name"]), []).append(str(field.get("value", "")))
    for field in form.select("select[name]"):
        sent[str(field["name"])] = [str(option["value"]) for option in field.select("option[selected]")]
    return {**sent, **other}


def digest_on(page: BeautifulSoup) -> str:
    return str(page.select("form[action='/policy/publish'] input[name=digest]")[0]["value"])


def put_into_force(enter: Enter, **other: list[str]) -> None:
    client = enter("hanna")
    assert client.post("/policy/change", data=fill(client, **other)).status_code == 303
    client = enter("hugo")
    assert client.post("/policy/publish", data={"digest": digest_on(soup(client, "/policy"))}).status_code == 303


@pytest.mark.both_databases
def test_one_proposes_and_a_second_publishes(session: Session, enter: Enter) -> None:
    client = enter("hanna")
    assert client.post("/policy/change", data=fill(client, **OWN)).status_code == 303
    assert house_policy(session) == shipped_policy()
    page = soup(client, "/policy")
    assert [line.text for line in page.select(".note li")][:4] == CHANGES
    assert page.select("form[action='/policy/publish']") == []
    digest = session.scalars(sa.select(PolicyVersion.digest)).one()
    assert client.post("/policy/publish", data={"digest": digest}).status_code == 403
    client = enter("hugo")
    page = soup(client, "/policy")
    assert [button.text for button in page.select(".btn-primary")] == ["Publish the policy"]
    assert client.post("/policy/publish", data={"digest": digest_on(page)}).status_code == 303
    session.expire_all()
    assert session.scalars(sa.select(PolicyVersion.said)).one() == SAID
    assert house_policy(session)["conflicts"] == {**shipped_policy()["conflicts"], "giver": "shown"}
    page = soup(client, "/policy")
    history = page.select("section[aria-labelledby=history]")[0]
    assert [line.text for line in history.select("li")] == CHANGES
    assert history.p is not None
    assert history.p.text == "Proposed by Hanna Ruiz, published by Hugo Brandt"
    own = page.select("section[aria-labelledby=in-force] tr:has(.tag) th")
    assert [cell.text for cell in own] == [each.partition(":")[0] for each in CHANGES]
    (told,) = details_where(session, AuditEvent.kind == "policy.publish")
    assert told["settings"] == ["manager_sees_authors", "n3", "seat_limited_levels", "conflict_giver"]


def test_what_contradicts_is_refused_at_its_setting(session: Session, enter: Enter) -> None:
    client = enter("hanna")
    cases: Mapping[str, tuple[dict[str, list[str]], list[str]]] = {
        "quorum": (
            {"quorum": ["4"]},
            [
                "The workflow “Promotion, individual contributor” counts otherwise",
                "The workflow “Promotion, people manager”",
            ],
        ),
        "revotes": ({"revotes": ["5"]}, ["The workflow “Promotion, individual contributor” counts otherwise"]),
        "nearly_full_above": ({"nearly_full_above": ["90"]}, ["nearly full comes before full, which is at 60"]),
        "n5": ({"n5": ["4"]}, ["A whole number from 5 to 50, please"]),
        "seat_limited_levels": ({"seat_limited_levels": ["pm-99"]}, ["no ladder has the level &#34;pm-99&#34;"]),
    }
    for name, (values, told) in cases.items():
        answer = client.post("/policy/change", data=fill(client, **values))
        page = BeautifulSoup(answer.text, "html.parser")
        assert (name, answer.status_code) == (name, 422)
        words = page.select(f"#{name}-error")[0].decode_contents()
        assert [each for each in told if each not in words.replace('"', "&#34;")] == []
    assert session.scalars(sa.select(PolicyVersion)).all() == []
    same = client.post("/policy/change", data=fill(client))
    assert (same.status_code, "This is what is in force already" in same.text) == (422, True)


def test_what_follows_is_shown_before_anything_is_kept(session: Session, enter: Enter) -> None:
    client = enter("hanna")
    answer = client.post("/policy/change", data={**fill(client, candidate_sees_feedback=["verbatim"]), "go": "try"})
    rows = BeautifulSoup(answer.text, "html.parser").select("section[aria-labelledby=follows] tbody tr")
    assert (
        rows[0]
        .get_text("|", strip=True)
        .startswith("Candidate|Word for word without a name, 3 answers or more together, once the answer is announced")
    )
    assert session.scalars(sa.select(PolicyVersion)).all() == []


def test_a_proposal_that_was_replaced_is_not_published(session: Session, enter: Enter) -> None:
    client = enter("hanna")
    client.post("/policy/change", data=fill(client, n3=["4"]))
    read = digest_on(soup(enter("hugo"), "/policy"))
    client = enter("hanna")
    client.post("/policy/change", data=fill(client, n3=["5"]))
    answer = enter("hugo").post("/policy/publish", data={"digest": read})
    assert (answer.status_code, "This proposal was replaced after you opened it" in answer.text) == (422, True)
    assert house_policy(session) == shipped_policy()
    refused = enter("hugo").post("/policy/discard")
    assert (refused.status_code, faults(refused)) == (422, [NO_REASON])
    assert enter("hugo").post("/policy/discard", data={"why": "Too many"}).status_code == 303
    assert enter("hugo").post("/policy/publish", data={"digest": read}).status_code == 404


def test_back_to_the_shipped_values(session: Session, enter: Enter) -> None:
    put_into_force(enter, n3=["4"])
    assert enter("hugo").post("/policy/shipped").status_code == 303
    digest = digest_on(soup(enter("hanna"), "/policy"))
    assert enter("hanna").post("/policy/publish", data={"digest": digest}).status_code == 303
    session.expire_all()
    assert house_policy(session) == shipped_policy()
    versions = session.execute(sa.select(PolicyVersion.version, PolicyVersion.said).order_by(PolicyVersion.version))
    assert [tuple(row) for row in versions] == [(1, {"thresholds": {"n3": 4}}), (2, {})]
    assert soup(enter("hanna"), "/policy").select("form[action='/policy/shipped']") == []


@pytest.mark.parametrize("who", ["iris", "greta", "noor", "abel"])
def test_the_policy_is_for_hr_alone(enter: Enter, who: str) -> None:
    client = enter(who)
    assert [client.get(path).status_code for path in ("/policy", "/policy/change")] == [404, 404]
    for path in ("change", "shipped", "publish", "discard"):
        assert client.post(f"/policy/{path}").status_code == 404


def test_new_cycles_begin_with_it_and_drafts_take_it_over(session: Session, scene: Scene, enter: Enter) -> None:
    cycle = session.scalars(sa.select(Cycle)).one()
    before: dict[str, Any] = dict(cycle.policy)
    cycle.state = "draft"
    session.commit()
    put_into_force(enter, n3=["4"], conflict_giver=["shown"])
    session.refresh(cycle)
    assert cycle.policy == before
    client, path = enter("hanna"), f"/cycles/{cycle.id}/set-up"
    page = soup(client, f"{path}/rules")
    assert [line.text for line in page.select("section[aria-labelledby=unlike] li")] == [
        "Answers that are read together, at least: 4; here 3",
        "Who gave feedback: a line for the chair; here may read, may not vote",
    ]
    version = page.select("section[aria-labelledby=unlike] input[name=version]")[0]["value"]
    assert client.post(f"{path}/policy", data={"version": version}).status_code == 303
    session.refresh(cycle)
    assert (cycle.policy["thresholds"]["n3"], cycle.policy["conflicts"]["giver"]) == (4, "shown")
    assert soup(client, f"{path}/rules").select("section[aria-labelledby=unlike]") == []
    cycle.state = "open"
    session.commit()
    assert client.post(f"{path}/policy", data={"version": cycle.version}).status_code == 409
    new = {
        "name": "Autumn", "code": "A", "zone": "Europe/Berlin", "country": "DE", "opening": "2027-01-11",
        "ladder": str(cycle.ladder_version_id), "workflow-ic": "1",
    }  # fmt: skip
    assert client.post("/cycles/new", data=new).status_code == 303
    assert session.scalars(sa.select(Cycle.policy).where(Cycle.code == "A")).one() == house_policy(session)
