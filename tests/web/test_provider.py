"""Signing in through an identity provider: who is let in, and every way to lie about it refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy.orm import Session

from review import create_app
from review.config import Settings
from review.config_sign_in import SignInSettings
from review.domain.access import SYSTEM
from review.models import AuditEvent, Identity, Message, Person, RoleGrant, SignIn
from review.services.identities import link_identity, unlink_identity
from review.services.messages import claim_due, open_due
from review.services.password_links import FORGOTTEN
from tests.conftest import HouseClient, make_settings
from tests.provider_in_test import LOGOUT_EVENT, OTHER_KEY, Provider, come_back, go_there, serve_provider
from tests.signed_in import faults, soup, words

HEARS = "/sign-in/provider/sign-out"


@pytest.fixture
def provider(now: datetime) -> Iterator[Provider]:
    """Return a provider that knows Ines as sub-ines."""
    with serve_provider(now) as provider:
        yield provider


@pytest.fixture
def settings(database_url: str, tmp_path: Path, provider: Provider) -> Settings:
    """Return an installation that trusts the provider, and has passwords as well."""
    return make_settings(database_url, tmp_path, sign_in=SignInSettings(provider=provider.settings()))


@pytest.fixture
def ines(session: Session) -> Person:
    """Return somebody of the directory."""
    ines = Person(external_id="p1", name="Ines Example", email="ines@example.org", title="Lead")
    session.add(ines)
    session.commit()
    return ines


@pytest.fixture
def linked(session: Session, ines: Person, provider: Provider, now: datetime) -> Person:
    """Return somebody whom the provider's subject means."""
    link_identity(session, ines.id, provider.issuer, "sub-ines", actor=SYSTEM, now=now)
    session.commit()
    return ines


def is_in(client: FlaskClient) -> bool:
    return client.get("/preferences").status_code == 200


def find_reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return why sign-ins were refused, as the log has it."""
    begin = "a sign-in through the provider was refused: "
    return [line.removeprefix(begin) for line in caplog.messages if line.startswith(begin)]


def trust(app: Flask, provider: Provider, link_claim: str) -> None:
    """Let the first sign-in find its person by a claim."""
    settings: Settings = app.extensions["settings"]
    sign_in = replace(settings.sign_in, provider=provider.settings(link_claim))
    app.extensions["settings"] = replace(settings, sign_in=sign_in)


def test_who_is_linked_comes_in_and_goes_where_they_wanted(
    client: FlaskClient, session: Session, linked: Person, provider: Provider
) -> None:
    asked = go_there(client, provider, next="/preferences?x=1")
    assert {name: asked[name] for name in ("response_type", "client_id", "scope", "code_challenge_method")} == {
        "response_type": "code",
        "client_id": "dualtrack",
        "scope": "openid",
        "code_challenge_method": "S256",
    }
    assert asked["redirect_uri"] == "http://localhost/sign-in/provider/back"
    answer = come_back(client, asked)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/preferences?x=1")
    assert is_in(client)
    row = session.scalars(sa.select(SignIn)).one()
    assert (row.person_id, row.issuer, row.subject, row.provider_session) == (
        linked.id,
        provider.issuer,
        "sub-ines",
        "provider-1",
    )
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["identity.link", "sign_in.open"]
    with client.session_transaction() as cookie:  # nothing of the provider's
        assert set(cookie) - {"csrf_token"} == {"_permanent", "token", "person", "seen"}


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/" + "a" * 600])
def test_one_comes_back_to_own_paths_only(client: FlaskClient, linked: Person, provider: Provider, target: str) -> None:
    assert come_back(client, go_there(client, provider, next=target)).headers["Location"] == "/"


def test_a_link_of_another_site_signs_nobody_in(client: FlaskClient, linked: Person, provider: Provider) -> None:
    answer = client.get("/sign-in/provider?next=/audit", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.headers["Location"], provider.asked) == (303, "/sign-in?next=/audit", [])
    answer = client.get("/sign-in/provider?next=/audit", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.headers["Location"].startswith(f"{provider.issuer}/authorize?")


Lie = Callable[[Provider], None]
LIES: dict[str, Lie] = {
    "another issuer": lambda p: p.change.update(iss="https://evil.example"),
    "another audience": lambda p: p.change.update(aud="another-client"),
    "several audiences without us": lambda p: p.change.update(aud=["a", "b"], azp="dualtrack"),
    "several audiences, nobody named": lambda p: p.change.update(aud=["dualtrack", "b"]),
    "several audiences, another named": lambda p: p.change.update(aud=["dualtrack", "b"], azp="b"),
    "one audience, another named": lambda p: p.change.update(azp="b"),
    "no audience": lambda p: p.change.update(aud=None),
    "no issuer": lambda p: p.change.update(iss=None),
    "no subject": lambda p: p.change.update(sub=None),
    "an empty subject": lambda p: p.change.update(sub=""),
    "a subject that is no text": lambda p: p.change.update(sub=7),
    "another nonce": lambda p: p.change.update(nonce="another"),
    "no nonce": lambda p: p.change.update(nonce=None),
    "expired": lambda p: p.change.update(exp=p.now - 61),
    "no expiry": lambda p: p.change.update(exp=None),
    "an expiry that is no number": lambda p: p.change.update(exp="soon"),
    "not yet valid": lambda p: p.change.update(nbf=p.now + 61),
    "issued in the future": lambda p: p.change.update(iat=p.now + 61),
    "a digest of another access token": lambda p: p.change.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "algorithm none": lambda p: vars(p).update(alg="none"),
    "algorithm none, in other letters": lambda p: vars(p).update(alg="none", header={"alg": "nOnE", "kid": "one"}),
    "the public key as a shared secret": lambda p: p.confuse(),
    "another key by the same name": lambda p: vars(p).update(key=OTHER_KEY),
    "a key that is not published": lambda p: vars(p).update(key=OTHER_KEY, header={"kid": "two"}),
    "a key that comes with the token": lambda p: vars(p).update(
        key=OTHER_KEY, header={"kid": "two", "jwk": OTHER_KEY.as_dict(private=False)}
    ),
    "a critical header that nobody knows": lambda p: p.header.update(crit=["exotic"], exotic="1"),
}


def test_no_lie_of_a_token_lets_anybody_in(
    client: FlaskClient, session: Session, linked: Person, provider: Provider
) -> None:
    answers = {}
    for name, lie in LIES.items():
        provider.be_honest()
        lie(provider)
        answer = come_back(client, go_there(client, provider))
        answers[name] = (answer.status_code, words(answer, "h1"), is_in(client))
        print(f"{name:45} {answer.status_code} {'LET IN' if is_in(client) else 'refused'}")
    assert answers == dict.fromkeys(LIES, (400, "You are not signed in", False))
    assert session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0
    provider.be_honest()
    assert come_back(client, go_there(client, provider)).status_code == 303


@pytest.mark.parametrize(
    ("change", "is_let_in"),
    [
        ({"exp": -59}, True),
        ({"nbf": 59}, True),
        ({"iat": 59}, True),
    ],
)
def test_clocks_may_differ_by_less_than_a_minute(
    client: FlaskClient, linked: Person, provider: Provider, change: dict[str, int], is_let_in: bool
) -> None:
    provider.change = {name: provider.now + seconds for name, seconds in change.items()}
    come_back(client, go_there(client, provider))
    assert is_in(client) is is_let_in


def test_several_audiences_with_us_named_are_right(client: FlaskClient, linked: Person, provider: Provider) -> None:
    provider.change = {"aud": ["b", "dualtrack"], "azp": "dualtrack"}
    come_back(client, go_there(client, provider))
    assert is_in(client)


@pytest.mark.parametrize("sent", [{"state": "forged"}, {"state": ""}, {"state": "ä"}])
def test_a_forged_or_missing_state_is_refused_before_the_code_is_used(
    client: FlaskClient, linked: Person, provider: Provider, sent: dict[str, str]
) -> None:
    asked = go_there(client, provider)
    answer = come_back(client, asked, **sent)
    assert (answer.status_code, is_in(client), "/token" in provider.asked) == (400, False, False)


def test_what_came_back_once_does_nothing_again(client: FlaskClient, linked: Person, provider: Provider) -> None:
    asked = go_there(client, provider)
    kept = client.get_cookie("session")
    assert kept is not None
    assert come_back(client, asked).status_code == 303
    client.post("/sign-out")
    assert come_back(client, asked).status_code == 400  # the cookie knows it no longer
    client.set_cookie("session", kept.value)
    provider.codes[f"code-{asked['state']}"] = asked  # a provider that takes a code twice
    assert (come_back(client, asked).status_code, is_in(client)) == (400, False)


def test_a_code_of_somebody_elses_sign_in_is_worth_nothing(
    app: Flask, client: FlaskClient, linked: Person, provider: Provider
) -> None:
    theirs = go_there(app.test_client(), provider)
    own = go_there(client, provider)
    assert come_back(client, theirs).status_code == 400  # their state: signed in as the attacker
    own = go_there(client, provider)
    answer = come_back(client, own, code=f"code-{theirs['state']}")  # their code: the proof key does not fit
    assert (answer.status_code, is_in(client)) == (400, False)


def test_another_providers_answer_is_refused(client: FlaskClient, linked: Person, provider: Provider) -> None:
    answer = come_back(client, go_there(client, provider), iss="https://evil.example")
    assert (answer.status_code, "/token" in provider.asked) == (400, False)


def test_a_provider_that_names_itself_must(client: FlaskClient, linked: Person, provider: Provider) -> None:
    provider.published = {"authorization_response_iss_parameter_supported": True}
    assert come_back(client, go_there(client, provider)).status_code == 400
    assert come_back(client, go_there(client, provider), iss=provider.issuer).status_code == 303


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        ("access_denied", 403, "Tarnfield did not let you go on to Dualtrack, or you turned back there."),
        ("temporarily_unavailable", 503, "Nobody can sign in through it until it does. Wait a minute and try again."),
        ("server_error", 503, "Nobody can sign in through it until it does. Wait a minute and try again."),
    ],
)
def test_a_no_of_the_provider_is_told_as_what_it_is(
    client: FlaskClient, linked: Person, provider: Provider, error: str, status: int, told: str
) -> None:
    answer = come_back(client, go_there(client, provider), code="", error=error)
    assert (answer.status_code, words(answer, ".lede"), is_in(client)) == (status, told, False)


def test_an_answer_that_comes_twice_says_that_one_is_still_in(
    client: FlaskClient, linked: Person, provider: Provider
) -> None:
    asked = go_there(client, provider)
    assert words(come_back(client, {**asked, "state": "forged"}), "h1") == "You are not signed in"
    come_back(client, asked)
    again = come_back(client, asked)
    assert (again.status_code, words(again, "h1"), is_in(client)) == (400, "Nothing has changed", True)


def test_a_sign_in_that_took_too_long_is_begun_again(
    app: Flask, client: FlaskClient, linked: Person, provider: Provider, now: datetime
) -> None:
    asked = go_there(client, provider)
    app.extensions["clock"] = lambda: now + timedelta(minutes=16)
    assert come_back(client, asked).status_code == 400


def test_three_tabs_may_be_on_the_way(client: FlaskClient, linked: Person, provider: Provider) -> None:
    tabs = [go_there(client, provider) for _ in range(4)]
    assert come_back(client, tabs[0]).status_code == 400
    assert come_back(client, tabs[1]).status_code == 303


@pytest.mark.parametrize("name", ["two", "one"])
def test_new_keys_are_taken_as_they_come(client: FlaskClient, linked: Person, provider: Provider, name: str) -> None:
    come_back(client, go_there(client, provider))
    client.post("/sign-out")
    provider.keys = [RSAKey.import_key(OTHER_KEY.as_dict(private=True), {"kid": name, "use": "sig", "alg": "RS256"})]
    provider.key, provider.header = OTHER_KEY, {"kid": name}
    assert come_back(client, go_there(client, provider)).status_code == 303
    assert provider.asked.count("/keys") == 2


def test_nobody_comes_in_by_an_e_mail(client: FlaskClient, session: Session, ines: Person, provider: Provider) -> None:
    provider.change = {"email": "ines@example.org", "email_verified": True}
    answer = come_back(client, go_there(client, provider))
    assert (answer.status_code, is_in(client)) == (403, False)
    assert words(answer, "code") == "sub-ines"
    assert session.scalar(sa.select(sa.func.count()).select_from(Identity)) == 0


@pytest.mark.parametrize(
    ("claim", "told", "status"),
    [
        ("employee_number", {"employee_number": "p1"}, 303),
        ("employee_number", {"employee_number": "p2"}, 403),
        ("employee_number", {}, 403),
        ("email", {"email": "INES@example.org", "email_verified": True}, 303),
        ("email", {"email": "ines@example.org", "email_verified": False}, 403),
        ("email", {"email": "ines@example.org"}, 403),
    ],
)
@pytest.mark.parametrize("place", ["token", "userinfo"])
def test_a_claim_that_the_settings_name_links_once(
    client: FlaskClient,
    app: Flask,
    session: Session,
    ines: Person,
    provider: Provider,
    claim: str,
    told: dict[str, object],
    status: int,
    place: str,
) -> None:
    trust(app, provider, claim)
    vars(provider)["change" if place == "token" else "told"] = told
    assert come_back(client, go_there(client, provider)).status_code == status
    mails = session.scalars(sa.select(Message.template)).all()
    rows = session.execute(sa.select(Identity.subject, Identity.person_id)).all()
    assert (mails, rows) == ((["identity_linked"], [("sub-ines", ines.id)]) if status == 303 else ([], []))


def test_who_is_linked_is_not_taken_over_by_another_subject(
    client: FlaskClient, app: Flask, linked: Person, provider: Provider
) -> None:
    trust(app, provider, "employee_number")
    provider.change = {"sub": "sub-mallory", "employee_number": "p1"}
    assert (come_back(client, go_there(client, provider)).status_code, is_in(client)) == (403, False)


def test_claims_of_somebody_else_are_refused(client: FlaskClient, app: Flask, ines: Person, provider: Provider) -> None:
    trust(app, provider, "employee_number")
    provider.told = {"sub": "sub-other", "employee_number": "p1"}
    assert come_back(client, go_there(client, provider)).status_code == 400


def test_who_has_left_is_not_let_in(
    client: FlaskClient, session: Session, linked: Person, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    linked.is_active = False
    session.commit()
    answer = come_back(client, go_there(client, provider))
    assert (answer.status_code, is_in(client)) == (403, False)
    assert words(answer, ".lede") == "Tarnfield knows you, but here you are marked as having left the company."
    assert find_reasons(caplog) == [f"person {linked.id} has left"]


@pytest.mark.parametrize(
    ("claim", "told", "why"),
    [
        ("", {"email": "ines@example.org"}, "nobody is linked to its subject, and OIDC_LINK_CLAIM is not set"),
        ("email", {}, "nobody is linked to its subject, and it says no email"),
        (
            "email",
            {"email": "ines@example.org"},
            "nobody is linked to its subject, and it does not say email_verified",
        ),
        (
            "hr_number",
            {"hr_number": "p2"},
            "nobody is linked to its subject; who is here by its hr_number is nobody, or is linked to another one",
        ),
    ],
)
def test_the_log_says_why_nobody_is_found(
    client: FlaskClient,
    app: Flask,
    ines: Person,
    provider: Provider,
    caplog: pytest.LogCaptureFixture,
    claim: str,
    told: dict[str, str],
    why: str,
) -> None:
    trust(app, provider, claim)
    provider.change = dict(told)
    assert come_back(client, go_there(client, provider)).status_code == 403
    assert find_reasons(caplog) == [why]


@pytest.mark.parametrize(
    "published",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
    ],
)
def test_a_provider_that_publishes_what_is_unsafe_counts_as_away(
    client: FlaskClient, provider: Provider, published: dict[str, str | None]
) -> None:
    provider.published = published
    assert client.get("/sign-in/provider").status_code == 503


@pytest.mark.parametrize("door", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_a_provider_that_sends_us_elsewhere_is_not_followed(
    client: FlaskClient, linked: Person, provider: Provider, door: str
) -> None:
    provider.moved = door
    begun = client.get("/sign-in/provider").status_code
    answer = come_back(client, go_there(client, provider)).status_code if begun == 303 else begun
    assert (answer, is_in(client), "/elsewhere" in provider.asked) == (503, False, False)


def test_a_provider_that_is_away_is_a_page_that_says_so(database_url: str, tmp_path: Path, now: datetime) -> None:
    with serve_provider(now) as gone:
        trusted = gone.settings()
    app = create_app(make_settings(database_url, tmp_path, sign_in=SignInSettings(provider=trusted)))
    answer = app.test_client().get("/sign-in/provider")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert words(answer, "h1") == "Tarnfield does not answer at the moment"


def enter(client: FlaskClient, provider: Provider) -> None:
    assert come_back(client, go_there(client, provider)).status_code == 303


FALSE_NOTICES: dict[str, dict[str, object]] = {
    "no event": {"events": None},
    "another event": {"events": {"https://example.org/other": {}}},
    "an event that is no object": {"events": {LOGOUT_EVENT: "yes"}},
    "a nonce": {"nonce": "n"},
    "nobody named": {"sub": None},
    "no number": {"jti": None},
    "another audience": {"aud": "another-client"},
    "another issuer": {"iss": "https://evil.example"},
    "no moment": {"iat": None},
}


def test_no_false_notice_signs_anybody_out(client: FlaskClient, linked: Person, provider: Provider) -> None:
    enter(client, provider)
    tokens = {name: provider.logout_token(**more) for name, more in FALSE_NOTICES.items()}
    tokens["stale"] = provider.logout_token(iat=provider.now - 601, exp=None)
    tokens["expired"] = provider.logout_token(exp=provider.now - 61)
    tokens["an ID token"] = provider.sign(provider.claims(nonce="n"))
    provider.key = OTHER_KEY
    tokens["another key by the same name"] = provider.logout_token()
    provider.alg = "none"
    tokens["algorithm none"] = provider.logout_token()
    provider.alg = "HS256"
    tokens["the public key as a shared secret"] = provider.logout_token()
    tokens["nothing"] = ""
    answers = {}
    for name, token in tokens.items():
        answer = client.post(HEARS, data={"logout_token": token}, csrf=False)
        answers[name] = (answer.status_code, answer.json, is_in(client))
        print(f"logout: {name:37} {answer.status_code} {'still in' if is_in(client) else 'SIGNED OUT'}")
    assert answers == dict.fromkeys(tokens, (400, {"error": "invalid_request"}, True))


@pytest.mark.parametrize(
    ("named", "stays"),
    [
        ({"sid": "provider-1"}, False),
        ({"sid": "provider-1", "sub": None}, False),
        ({}, False),
        ({"sid": "provider-2"}, True),
        ({"sub": "sub-other"}, True),
    ],
)
@pytest.mark.both_databases
def test_a_logout_at_the_provider_ends_the_sign_in_once(
    client: FlaskClient,
    session: Session,
    linked: Person,
    provider: Provider,
    named: dict[str, str | None],
    stays: bool,
) -> None:
    enter(client, provider)
    token = provider.logout_token(**named)
    answer = client.post(HEARS, data={"logout_token": token}, csrf=False)
    assert (answer.status_code, is_in(client)) == (200, stays)
    client.post("/sign-out")
    enter(client, provider)
    again = client.post(HEARS, data={"logout_token": token}, csrf=False)
    assert (again.status_code, is_in(client)) == (400, True)


@pytest.mark.parametrize(
    ("kind", "as_it_comes", "strict"),
    [("logout+jwt", 200, 200), ("Logout+JWT", 200, 200), ("JWT", 200, 400), (None, 200, 400), ("at+jwt", 400, 400)],
)
def test_a_notice_says_of_itself_what_it_is(
    app: Flask, linked: Person, provider: Provider, kind: str | None, as_it_comes: int, strict: int
) -> None:
    """Where the installation asks for it; a token of another kind is none anywhere."""
    provider.header |= {} if kind is None else {"typ": kind}
    trusted, answers = app.extensions["settings"], []
    for is_strict in (False, True):
        told = replace(provider.settings(), is_strict=is_strict)
        app.extensions["settings"] = replace(trusted, sign_in=replace(trusted.sign_in, provider=told))
        app.extensions.pop("provider", None)
        token = provider.logout_token(jti=f"logout-{is_strict}")
        answers.append(app.test_client().post(HEARS, data={"logout_token": token}).status_code)
    assert answers == [as_it_comes, strict]


def test_a_flood_of_unknown_keys_does_not_become_a_flood_of_questions(
    client: FlaskClient, linked: Person, provider: Provider
) -> None:
    enter(client, provider)
    provider.key, provider.header = OTHER_KEY, {"kid": "two"}
    for _ in range(5):
        assert client.post(HEARS, data={"logout_token": provider.logout_token()}, csrf=False).status_code == 400
    assert provider.asked.count("/keys") == 1


def test_who_leaves_may_leave_the_provider_as_well(client: FlaskClient, linked: Person, provider: Provider) -> None:
    enter(client, provider)
    left = client.post("/sign-out").headers["Location"]
    assert "sign out there, too" in words(client.get(left))
    address = client.get("/sign-out/provider").headers["Location"]
    wanted = "client_id=dualtrack&post_logout_redirect_uri=http%3A%2F%2Flocalhost%2Fsign-in"
    assert address == f"{provider.issuer}/end?{wanted}"


def test_a_proof_at_the_provider_must_be_newer_than_the_question(
    app: Flask, client: FlaskClient, session: Session, linked: Person, provider: Provider, now: datetime
) -> None:
    enter(client, provider)
    later = now + timedelta(minutes=16)
    app.extensions["clock"] = lambda: later
    provider.now = int(later.timestamp())
    answers = {}
    for seconds in (None, -61, 0):
        provider.change = {"auth_time": None if seconds is None else provider.now + seconds}
        asked = go_there(client, provider, path="/sign-in/provider/confirm")
        assert (asked["prompt"], asked["max_age"]) == ("login", "300")
        answers[seconds] = come_back(client, asked).status_code
        session.rollback()
        assert session.scalars(sa.select(SignIn.confirmed_at)).one() == (later if seconds == 0 else now)
    assert answers == {None: 400, -61: 400, 0: 303}


def test_a_proof_by_somebody_else_counts_for_nobody(client: FlaskClient, linked: Person, provider: Provider) -> None:
    enter(client, provider)
    provider.change = {"sub": "sub-mallory", "auth_time": provider.now}
    answer = come_back(client, go_there(client, provider, path="/sign-in/provider/confirm"))
    told = (
        "Tarnfield did not prove anew who you are: somebody else signed in there, it did not ask, or it took too long."
    )
    assert (answer.status_code, words(answer, ".lede"), is_in(client)) == (400, told, True)


def test_who_goes_on_without_a_fresh_sign_in_reads_what_is_missing(
    app: Flask, client: FlaskClient, session: Session, linked: Person, provider: Provider, now: datetime
) -> None:
    session.add(RoleGrant(person_id=linked.id, role="it_admin", granted_at=now))
    session.commit()
    enter(client, provider)
    app.extensions["clock"] = lambda: now + timedelta(minutes=16)
    asked = {"code": "2026A-007", "reason": "Why."}
    first = client.post("/emergency", data=asked)
    sent = {str(each["name"]): str(each.get("value", "")) for each in soup(first).select("main input[type=hidden]")}
    again = client.post("/emergency", data=sent)
    assert [(answer.status_code, faults(answer)) for answer in (first, again)] == [
        (401, []),
        (401, ["You have not signed in again at Tarnfield yet."]),
    ]
    assert {name: sent[name] for name in asked} == asked


def test_unlinking_ends_what_came_from_there(
    client: FlaskClient, session: Session, linked: Person, provider: Provider, now: datetime
) -> None:
    enter(client, provider)
    unlink_identity(session, linked.id, provider.issuer, actor=SYSTEM, now=now)
    assert not is_in(client)
    assert come_back(client, go_there(client, provider)).status_code == 403


def test_passwords_can_be_switched_off(database_url: str, tmp_path: Path, provider: Provider, session: Session) -> None:
    sign_in = SignInSettings(has_passwords=False, provider=provider.settings())
    app = create_app(make_settings(database_url, tmp_path, sign_in=sign_in))
    client = HouseClient(app)
    assert "Password" not in words(client.get("/sign-in"))
    assert client.post("/sign-in", data={"email": "a@example.org", "password": "x"}).status_code == 404


def test_without_a_provider_there_are_no_such_pages(database_url: str, tmp_path: Path) -> None:
    client = create_app(make_settings(database_url, tmp_path)).test_client()
    pages = ("/sign-in/provider", "/sign-in/provider/back?state=x", "/sign-out/provider")
    assert [client.get(page).status_code for page in pages] == [404, 404, 404]
    assert "Sign in with" not in words(client.get("/sign-in"))


def test_a_mailed_link_is_no_way_past_the_provider(
    client: FlaskClient, session: Session, ines: Person, provider: Provider, now: datetime
) -> None:
    client.post("/sign-in/forgotten", data={"email": "ines@example.org"})
    (number,) = claim_due(session, now=now)
    mail = open_due(session, number, now=now)
    session.commit()
    assert mail is not None
    path = mail.subject.path
    assert client.get(path).status_code == 200
    link_identity(session, ines.id, provider.issuer, "ines-7", actor=SYSTEM, now=now)
    session.commit()
    new = {"new": "an owl under the ninth roof"}
    assert (client.get(path).status_code, client.post(path, data=new).status_code) == (410, 410)
    assert client.post("/sign-in/forgotten", data={"email": "ines@example.org"}).status_code == 303
    resets = sa.select(sa.func.count()).select_from(Message).where(Message.template == FORGOTTEN)
    assert session.scalar(resets) == 1
