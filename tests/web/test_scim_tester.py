"""The whole of SCIM by scim2-tester, against the server as it runs.

Only the test itself imports the tester: that takes seconds, and each worker reads all files of tests.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from httpx2 import Client
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from review.services.directory_sync import make_token

if TYPE_CHECKING:
    from scim2_client.engines.httpx2 import SyncSCIMClient


@pytest.fixture
def client_of_directory(app: Flask, session: Session, now: datetime) -> Iterator[SyncSCIMClient]:
    """Return a SCIM client with a token, of the app that runs on this machine."""
    from scim2_client.engines.httpx2 import SyncSCIMClient

    token = make_token(session, "tests", now=now)
    session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with Client(
        base_url=f"http://127.0.0.1:{server.server_port}/scim/v2",
        headers={"Authorization": f"Bearer {token}"},
        timeout=None,
    ) as client:
        yield SyncSCIMClient(client)
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_tester_of_scim_finds_nothing(client_of_directory: SyncSCIMClient) -> None:
    from scim2_tester import Status, check_server

    results = check_server(client_of_directory)
    for result in results:
        if result.status is not Status.SUCCESS:
            print(f"{result.status.name:9} {result.title}: {result.reason}")
    counts = Counter(result.status for result in results)
    print("scim2-tester:", ", ".join(f"{count} {status.name}" for status, count in counts.items()))
    assert counts.keys() == {Status.SUCCESS}
    assert counts[Status.SUCCESS] >= 60
