"""What `bench web` asks of open screens is what they ask: one statement without news, a button that moves them on."""

from __future__ import annotations

from pathlib import Path

from bench.live import CASES, SCREENS, find_poll, find_version, found_committee
from bench.pages import make_app
from review.extensions import db


def test_open_screens_ask_with_one_statement_and_follow_the_chair(tmp_path: Path) -> None:
    committee = found_committee(tmp_path / "live.db")
    assert (committee.statements, len(committee.case_ids), len(committee.screens)) == (1, CASES, SCREENS)
    app = make_app(tmp_path / "live.db")
    client, chair, member = app.test_client(use_cookies=False), committee.screens[0], committee.screens[-1]
    poll = find_poll(client.get(committee.url, headers=member).get_data(as_text=True))
    assert client.get(poll, headers=member).status_code == 204
    version = find_version(client.get(committee.url, headers=chair).get_data(as_text=True))
    fields = {"case": committee.case_ids[0], "criterion": "leadership", "version": version}
    assert client.post(f"{committee.url}/now", data=fields, headers=chair).status_code == 303
    assert "criterion Leadership" in client.get(poll, headers=member).get_data(as_text=True)
    with app.app_context():
        db.engine.dispose()
