"""Run by the Python of `.venv-idp`: canaille as identity provider, with one person and one client, on a free port.

Prints its address once it answers. Arguments: the address that people come back to.
"""

from __future__ import annotations

import datetime
import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

back_to = sys.argv[1]
server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
key = RSAKey.generate_key(2048, {"kid": "canaille", "use": "sig", "alg": "RS256"})
app = create_app(
    {
        "SECRET_KEY": "a key of the tests",
        "SERVER_NAME": f"127.0.0.1:{server.server_port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "HTMX": False, "CAPTCHA_ENABLED": False},
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
    }
)
with app.app_context():
    now = datetime.datetime.now(datetime.UTC)
    person = models.User(
        user_name="ines", formatted_name="Ines Example", family_name="Example", emails=["ines@tarnfield.example"]
    )
    person.password = "correct horse battery"
    Backend.instance.save(person)
    client = models.Client(
        client_id="dualtrack",
        client_id_issued_at=now,
        client_secret="a secret of the tests",
        client_name="Dualtrack",
        client_uri=back_to.rsplit("/sign-in", 1)[0],
        redirect_uris=[back_to],
        post_logout_redirect_uris=[back_to.rsplit("/provider", 1)[0]],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "email"],
        token_endpoint_auth_method="client_secret_basic",
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)
server.app = app
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
