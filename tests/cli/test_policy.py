"""`dualtrack policy`: shown, out as a file, checked with the place of every fault, and proposed by HR."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.policy import policy
from review.config import Settings
from review.domain.house_policy import SETTINGS, write_settings
from review.domain.policy import PolicyFile, parse_policy
from review.domain.yaml_writer import write_yaml
from review.models import AuditEvent, Message, PolicyVersion
from review.queries.cycle_choices import shipped_policy
from review.queries.policies import house_policy
from review.services.policies import propose_policy, publish_policy
from tests.conftest import environment
from tests.factories import Scene, open_scene
from tests.trail import details_where

OWN = {"n3": 4, "manager_sees_authors": True}


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    found = open_scene(session, now)
    session.execute(sa.delete(Message))
    session.commit()
    return found


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner(env=environment(settings)).invoke(policy, list(arguments))


def write(folder: Path, **values: object) -> str:
    file = folder / "ours.yaml"
    file.write_text(write_yaml(write_settings(shipped_policy(), values)), encoding="utf-8")
    return str(file)


def put_into_force(session: Session, scene: Scene, now: datetime) -> None:
    row = propose_policy(session, write_settings(shipped_policy(), OWN), actor=scene.actor("hanna"), now=now)
    publish_policy(session, actor=scene.actor("hugo"), now=now, digest=row.digest)
    session.commit()


def test_what_is_in_force_is_shown_beside_what_ships(
    session: Session, settings: Settings, scene: Scene, now: datetime
) -> None:
    lines = run(settings, "show").output.splitlines()
    assert (lines[0], "Quorum: 3" in lines, len(lines)) == ("as shipped", True, len(SETTINGS) + 1)
    put_into_force(session, scene, now)
    propose_policy(session, shipped_policy(), actor=scene.actor("hugo"), now=now)
    session.commit()
    lines = run(settings, "show").output.splitlines()
    assert [line for line in lines if "as shipped" in line or "version" in line or "instead" in line] == [
        "version 1",
        "The manager reads who wrote what: yes (as shipped: no)",
        "Answers that are read together, at least: 4 (as shipped: 3)",
        "version 2 waits for a second person, proposed by Hugo Brandt",
        "The manager reads who wrote what: no instead of yes",
        "Answers that are read together, at least: 3 instead of 4",
    ]
    told = json.loads(run(settings, "show", "--json").output)
    read = {name: setting.read(shipped_policy()) for name, setting in SETTINGS.items()}
    shipped: dict[str, Any] = json.loads(json.dumps(read))
    changed = ["manager_sees_authors", "n3"]
    assert told == {
        "version": 1,
        "settings": {**shipped, **OWN},
        "changed": changed,
        "proposal": {"version": 2, "by": "Hugo Brandt", "settings": shipped, "changed": changed},
    }


def test_what_is_in_force_goes_out_as_a_file_that_has_no_fault(
    session: Session, settings: Settings, scene: Scene, now: datetime, tmp_path: Path
) -> None:
    put_into_force(session, scene, now)
    out = tmp_path / "out.yaml"
    assert run(settings, "show", "--out", str(out)).exit_code == 0
    found = parse_policy(out.read_text(encoding="utf-8"), "out.yaml")
    assert isinstance(found, PolicyFile)
    assert found.data == house_policy(session)
    session.rollback()
    assert run(settings, "check", str(out)).output == "no faults\n"


def test_every_fault_has_its_place_in_the_file(settings: Settings, scene: Scene, tmp_path: Path) -> None:
    bad = Path(write(tmp_path, n3=2))
    source = bad.read_text(encoding="utf-8")
    line = source[: source.index("n3: 2")].count("\n") + 1
    refused = run(settings, "check", str(bad))
    assert (refused.exit_code, refused.output.startswith(f"ours.yaml:{line}:7: ")) == (1, True)
    strange = write(tmp_path, seat_limited_levels=["pm-99"], quorum=4)
    faults = json.loads(run(settings, "check", strange, "--json").output)["faults"]
    source = Path(strange).read_text(encoding="utf-8")
    places = {name: source[: source.index(name)].count("\n") + 1 for name in ("quorum:", "- pm-99")}
    told = {(each["file"], each["line"], each["what"]) for each in faults}
    assert told == {
        ("ours.yaml", places["quorum:"], "The workflow “Promotion, individual contributor” counts otherwise"),
        ("ours.yaml", places["quorum:"], "The workflow “Promotion, people manager” counts otherwise"),
        ("ours.yaml", places["- pm-99"], 'no ladder has the level "pm-99"'),
    }


def test_hr_proposes_a_file_after_a_dry_run(session: Session, settings: Settings, scene: Scene, tmp_path: Path) -> None:
    given = ("propose", write(tmp_path, **OWN), "--by", "hanna@company.example")
    done = {"version": 1, "changed": ["manager_sees_authors", "n3"], "faults": []}
    assert json.loads(run(settings, *given, "--dry-run", "--json").output) == {**done, "is_dry_run": True}
    assert session.scalars(sa.select(PolicyVersion.id)).all() == []
    session.rollback()
    assert run(settings, *given).output.splitlines() == [
        "proposed: version 1",
        "The manager reads who wrote what: yes instead of no",
        "Answers that are read together, at least: 4 instead of 3",
    ]
    row = session.scalars(sa.select(PolicyVersion)).one()
    assert (row.published_at, row.proposed_by_id, house_policy(session)) == (None, scene.id("hanna"), shipped_policy())
    (told,) = details_where(session, AuditEvent.kind == "policy.propose")
    assert told["settings"] == ["manager_sees_authors", "n3"]
    mails = session.execute(sa.select(Message.template, Message.to_person_id)).all()
    assert [tuple(mail) for mail in mails] == [("proposal_waits", scene.id("hugo"))]


def test_what_is_in_force_and_who_is_no_partner_are_refused(settings: Settings, scene: Scene, tmp_path: Path) -> None:
    same = run(settings, "propose", write(tmp_path), "--by", "Hanna Ruiz")
    assert (same.exit_code, same.output.startswith("This is what is in force already")) == (1, True)
    assert run(settings, "propose", write(tmp_path, **OWN), "--by", "Iris Vance").exit_code == 2
    (tmp_path / "raw.yaml").write_bytes(b"\xff")
    assert run(settings, "check", str(tmp_path / "raw.yaml")).exit_code == 2
