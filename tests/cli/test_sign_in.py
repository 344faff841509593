"""Tokens of a directory and links to an identity provider from the command line, and what the doctor says of both."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from review.cli.doctor_sign_in import find_in_provider, find_in_tokens
from review.cli.people import people
from review.cli.scim import scim
from review.config import Settings, UnsafeSettings, read_settings
from review.config_sign_in import SignInSettings
from review.models import Identity, Person, ScimToken
from review.services.directory_sync import make_token
from review.services.sign_ins import digest_token
from tests.conftest import environment
from tests.provider_in_test import serve_provider

ISSUER = {"OIDC_ISSUER": "https://idp.example", "OIDC_CLIENT_ID": "c", "OIDC_CLIENT_SECRET": "s"}


def test_a_token_is_printed_once_and_revoked_by_its_name(session: Session, settings: Settings) -> None:
    runner = CliRunner(env=environment(settings))
    made = runner.invoke(scim, ["token", "okta"]).output.strip()
    row = session.scalars(sa.select(ScimToken)).one()
    assert (row.token_hash, row.revoked_at) == (digest_token(made), None)
    session.commit()
    again = runner.invoke(scim, ["token", "okta"])
    assert (again.exit_code, "there is a token of this name; choose another name" in again.output) == (2, True)
    assert runner.invoke(scim, ["token", "okta-2"]).exit_code == 0
    assert runner.invoke(scim, ["revoke", "okta"]).output == "1 revoked\n"
    names = sa.select(ScimToken.name).where(ScimToken.revoked_at.is_(None))
    assert session.scalars(names).all() == ["okta-2"]
    session.commit()
    assert runner.invoke(scim, ["revoke", "okta"]).exit_code == 2


def test_an_administrator_says_who_somebody_is_at_the_provider(session: Session, settings: Settings) -> None:
    session.add(Person(external_id="p1", name="Ines", email="ines@example.org", title="Lead"))
    session.commit()
    runner = CliRunner(env={**environment(settings), **ISSUER, "OIDC_NAME": "Tarnfield"})
    asked = ["identity", "ines@example.org", "sub-ines"]
    assert runner.invoke(people, asked).output == "Ines can sign in through Tarnfield\n"
    assert session.execute(sa.select(Identity.issuer, Identity.subject)).all() == [("https://idp.example", "sub-ines")]
    session.commit()
    again = runner.invoke(people, asked)
    assert (again.exit_code, "people identity PERSON --unlink" in again.output) == (2, True)
    assert CliRunner(env={**environment(settings), "OIDC_ISSUER": ""}).invoke(people, asked).exit_code == 2


def test_an_administrator_forgets_who_somebody_is_at_the_provider(session: Session, settings: Settings) -> None:
    session.add(Person(external_id="p1", name="Ines", email="ines@example.org", title="Lead"))
    session.commit()
    runner = CliRunner(env={**environment(settings), **ISSUER, "OIDC_NAME": "Tarnfield"})
    unlink = ["identity", "ines@example.org", "--unlink"]
    assert "Ines is not linked to Tarnfield" in runner.invoke(people, unlink).output
    runner.invoke(people, ["identity", "ines@example.org", "sub-ines"])
    assert runner.invoke(people, unlink).output == "Ines can no longer sign in through Tarnfield\n"
    assert session.scalars(sa.select(Identity.subject)).all() == []
    session.commit()
    for wrong in (["identity", "ines@example.org"], [*unlink, "sub-ines"]):
        assert "give a SUBJECT, or --unlink" in runner.invoke(people, wrong).output


def test_the_doctor_asks_the_provider(settings: Settings, now: datetime) -> None:
    with serve_provider(now) as provider:
        trusting = replace(settings, sign_in=SignInSettings(provider=provider.settings()))
        assert list(find_in_provider(trusting, now=now)) == []
        provider.keys = []
        (told,) = find_in_provider(trusting, now=now)
        assert "keys cannot be read" in told.what
    (away,) = find_in_provider(trusting, now=now)
    assert away.mend == "Look at OIDC_ISSUER and at it."
    assert list(find_in_provider(settings, now=now)) == []


def test_the_doctor_tells_of_old_tokens(session: Session, now: datetime) -> None:
    make_token(session, "okta", now=now)
    session.flush()
    assert list(find_in_tokens(session, now=now + timedelta(days=365))) == []
    (old,) = find_in_tokens(session, now=now + timedelta(days=366))
    assert old.what == "The token okta of the directory is over a year old."


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"PASSWORDS": "off"}, "PASSWORDS=off leaves no way in"),
        ({"PASSWORDS": "no"}, "PASSWORDS must be on or off."),
        ({"LEAKED_PASSWORDS": "/nowhere"}, "LEAKED_PASSWORDS must be a file of SHA-1 digests in capitals"),
        ({"LEAKED_PASSWORDS": __file__}, "LEAKED_PASSWORDS must be a file of SHA-1 digests in capitals"),
        ({"OIDC_LOGOUT": "on"}, "OIDC_LOGOUT must be strict, or left out."),
        ({"OIDC_ISSUER": "https://idp.example"}, "OIDC_ISSUER needs OIDC_CLIENT_ID"),
        ({**ISSUER, "OIDC_ISSUER": "http://idp.example"}, "OIDC_ISSUER must begin with https"),
        ({"IDLE_HOURS": "-1"}, "SIGN_IN_HOURS, IDLE_HOURS and CONFIRM_MINUTES must be 1 or more."),
        ({"SCIM_ROLES": "HR=king"}, "SCIM_ROLES names no such role: king."),
    ],
)
def test_an_unsafe_start_is_refused(tmp_path: Path, given: dict[str, str], told: str) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        read_settings({"VAR_DIR": str(tmp_path), **given})
    assert [problem for problem in refused.value.problems if problem.startswith(told)] != []


def test_settings_are_read_as_they_are_written(tmp_path: Path) -> None:
    given = {**ISSUER, "PASSWORDS": "off", "IDLE_HOURS": "2", "SCIM_ROLES": "HR Partners=hr; IT = it_admin"}
    found = read_settings({"VAR_DIR": str(tmp_path), **given}).sign_in
    assert (found.has_passwords, found.idle, found.groups) == (
        False,
        timedelta(hours=2),
        {"hr partners": "hr", "it": "it_admin"},
    )
    assert found.provider is not None
    assert (found.provider.name, found.provider.is_strict) == ("idp.example", False)
    strict = read_settings({"VAR_DIR": str(tmp_path), **given, "OIDC_LOGOUT": "strict"}).sign_in.provider
    assert strict == replace(found.provider, is_strict=True)
