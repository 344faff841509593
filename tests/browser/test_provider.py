"""A real identity provider (canaille) and a real browser: in, proving anew who one is, and out again."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from review import create_app
from review.config import ROOT
from review.config_sign_in import ProviderSettings, SignInSettings
from review.models import Identity, Person, RoleGrant, SignIn
from tests.browser.conftest import PATIENCE_MS
from tests.conftest import make_settings

IDP = ROOT / ".venv-idp" / "bin" / "python"
PASSWORD = "correct horse battery"
AGO = timedelta(hours=1)


@contextmanager
def run_canaille(back_to: str) -> Iterator[str]:
    """Run the provider and give its address once it answers."""
    script = Path(__file__).parent.parent / "canaille_server.py"
    with subprocess.Popen([IDP, script, back_to], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        try:
            assert run.stdout is not None
            yield run.stdout.readline().strip()
        finally:
            run.terminate()


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Serve an installation that trusts canaille and has no passwords; return its address."""
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True)
    site = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    with ExitStack() as ends:
        issuer = ends.enter_context(run_canaille(f"{site}/sign-in/provider/back"))
        provider = ProviderSettings(issuer, "dualtrack", "a secret of the tests", "Tarnfield", "sub")
        sign_in = SignInSettings(has_passwords=False, provider=provider)
        server.app = create_app(make_settings(database_url, tmp_path, public_url=site, sign_in=sign_in))
        thread.start()
        yield site
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """Return a fresh browser."""
    context = browser.new_context(base_url=site)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def ines(session: Session) -> Person:
    """Return who is called ines by the directory, and runs the installation; and somebody else."""
    ines = Person(external_id="ines", name="Ines Example", email="ines@tarnfield.example", title="Lead")
    session.add_all([ines, Person(external_id="tom", name="Tom Example", email="tom@tarnfield.example", title="Lead")])
    session.flush()
    session.add(RoleGrant(person_id=ines.id, role="it_admin", granted_at=sa.func.now()))
    session.commit()
    return ines


def sign_in_there(page: Page) -> None:
    """Type name and password at canaille, one page each."""
    page.get_by_label("Login").fill("ines")
    page.get_by_role("button", name="Continue").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")


def test_in_by_canaille_with_a_fresh_proof_and_out_of_both(
    page: Page, site: str, session: Session, ines: Person, find_faults: Callable[[Page], list[str]]
) -> None:
    page.goto("/people/roles")
    page.get_by_role("link", name="Sign in with Tarnfield").click()
    sign_in_there(page)
    expect(page).to_have_url(f"{site}/people/roles")
    known = session.execute(sa.select(Identity.subject, Identity.person_id)).one()
    assert tuple(known) == ("ines", ines.id)

    row = session.scalars(sa.select(SignIn)).one()
    long_ago = row.created_at - AGO
    row.confirmed_at = long_ago
    session.commit()
    form = page.get_by_role("form", name="Give a role")
    form.get_by_label("Name, e-mail or number").fill("tom@tarnfield.example")
    form.locator("select").select_option("auditor")
    form.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in once more").click()
    tab = opened.value
    tab.locator("input[name=password]").fill(PASSWORD)
    tab.locator("input[name=password]").press("Enter")
    expect(tab.get_by_role("heading", name="That was you")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Tom Example now holds the role.")).to_be_visible()
    session.rollback()
    assert session.scalars(sa.select(RoleGrant.role).order_by(RoleGrant.id)).all() == ["it_admin", "auditor"]
    session.rollback()  # what is read here holds the lock of who writes

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name="sign out there, too").click()
    page.locator("#logout").click()
    page.wait_for_url(f"{site}/sign-in")
    page.get_by_role("link", name="Sign in with Tarnfield").click()
    expect(page.get_by_label("Login")).to_be_visible()  # canaille knows nobody any more
    assert session.scalars(sa.select(SignIn.ended_at.is_(None))).all() == [False]
