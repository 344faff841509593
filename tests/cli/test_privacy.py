"""`dualtrack subject-access`, `retention` and `erase`, and a restore that erases again, on a real database."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.clock import read_clock
from review.adapters.erasure_list import FILE_NAME
from review.config import Settings
from review.extensions import make_engine
from review.models import AuditEvent, Erasure, Person, SignInAttempt
from tests.backup_room import back_up, make_place, run, told
from tests.personas import Company


def ask(settings: Settings, *words: str | Path) -> tuple[int, str, str]:
    """Run a command with the installation's keys; return its status and what it printed."""
    done = run(settings, *words, SECRET_KEY=settings.secret_key, AUDIT_KEY=settings.audit_key)
    return done.exit_code, done.stdout, done.stderr


def kinds(session: Session) -> list[str]:
    found = list(session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)))
    session.rollback()  # a transaction that is open keeps the commands waiting
    return found


def test_what_is_kept_is_written_into_a_folder(
    company: Company, session: Session, settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, said, _ = ask(settings, "subject-access", "xenia@company.example", "--out", out, "--by", "hanna")
    assert (code, sorted(path.name for path in out.iterdir())) == (0, ["my-data.html", "my-data.json"])
    assert said.splitlines() == [str(out / "my-data.json"), str(out / "my-data.html")]
    data = json.loads((out / "my-data.json").read_text())
    assert (data["person"], data["sections"][0]["entries"][0]["email"]) == ("Xenia Rolf", "xenia@company.example")
    assert kinds(session) == ["subject_access.export"]
    for words in (("nobody", "hanna"), ("hanna", "hanna"), ("xenia", "otto")):
        assert ask(settings, "subject-access", words[0], "--out", out, "--by", words[1])[0] == 2


def test_what_is_due_is_told_and_goes(company: Company, session: Session, settings: Settings) -> None:
    session.add(SignInAttempt(account="x", address="192.0.2.1", at=read_clock() - timedelta(days=8)))
    session.commit()
    code, said, _ = ask(settings, "retention", "--dry-run", "--json")
    counts = {kind: each["count"] for kind, each in json.loads(said)["kinds"].items()}
    assert (code, {kind: count for kind, count in counts.items() if count}) == (0, {"failed_sign_ins": 1})
    assert ask(settings, "retention")[0] == 2
    assert ask(settings, "retention", "--by", "otto")[0] == 2
    assert ask(settings, "retention", "--by", "hanna")[0] == 0
    assert kinds(session) == ["retention.approve", "retention.run"]
    assert session.scalars(sa.select(SignInAttempt)).all() == []
    session.rollback()
    assert ask(settings, "retention", "--by", "hanna")[2].strip() == "Error: Nothing has been kept long enough"


@pytest.mark.both_databases
def test_an_erasure_holds_in_a_place_restored_from_before(
    company: Company, session: Session, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    backup = tmp_path / "backup.tar"
    assert back_up(settings, backup).exit_code == 0
    both = ("--by", "hanna", "--approved-by")
    assert ask(settings, "erase", "xenia", "--by", "hanna")[0] == 2
    assert ask(settings, "erase", "otto", *both, "hugo")[2].strip().startswith("Error: They are still here")
    code, said, _ = ask(settings, "erase", "xenia", "--by", "hanna", "--dry-run")
    assert (code, said.splitlines()[-1], "employment: 1" in said) == (0, "nothing was erased", True)
    assert ask(settings, "erase", "xenia", *both, "hanna")[2].strip() == (
        "Error: Somebody else has to approve what you proposed"
    )
    assert ask(settings, "erase", "xenia", *both, "hugo")[0] == 0
    assert session.scalars(sa.select(Person.name).where(Person.id == company.id("xenia"))).one() != "Xenia Rolf"
    session.rollback()
    listed = tmp_path / "kept.jsonl"
    listed.write_text(ask(settings, "erase", "--list")[1])
    assert listed.read_bytes() == (settings.var_dir / FILE_NAME).read_bytes()

    place = make_place(settings, tmp_path / "elsewhere", request)
    answer = told(run(place, "restore", backup, "--erasures", listed, "--json"))
    assert answer["made_safe"] == {"mails": 0, "notices": 0, "sign_ins": 0, "links": 0, "erased": 1}
    engine = make_engine(place)
    with Session(engine) as there:
        names = there.scalars(sa.select(Person.name).where(Person.id.in_(company.id(key) for key in ("xenia", "otto"))))
        assert set(names) == {"A person who was erased", "Otto Nagy"}
        assert there.scalar(sa.select(sa.func.count()).select_from(Erasure)) == 1
    engine.dispose()
    shutil.rmtree(place.var_dir)
