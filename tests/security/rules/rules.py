"""Samples for the rules: each line after `ruleid` must be found, each after `ok` must not. Read by semgrep, never run."""
# ruff: noqa
# fmt: off


# ruleid: route-without-guard
@bp.get("/open")
def unguarded():
    return "", 200


# ok: route-without-guard
@bp.post("/closed")
@requires("hr")
def guarded():
    return "", 200


# ok: route-without-guard
@bp.get("/welcome")
@public
def welcome():
    return "", 200


def record_elsewhere(session):
    # ruleid: event-outside-the-trail
    session.add(AuditEvent(seq=1))


def send_on():
    target = request.args.get("next")
    # ruleid: redirect-to-what-was-given
    return redirect(target, 303)


def send_on_within():
    target = request.args.get("next")
    # ok: redirect-to-what-was-given
    return redirect(target if is_own_path(target) else "/", 303)


def read_clock():
    # ruleid: clock-below-the-edge
    return datetime.now(UTC)


def take_moment(now):
    # ok: clock-below-the-edge
    return now.date()


def ask(session, name):
    # ruleid: statement-put-together
    session.execute(sa.text(f"SELECT * FROM {name}"))
    # ok: statement-put-together
    session.execute(sa.text("SELECT * FROM person WHERE name = :name"), {"name": name})


def show(words):
    # ruleid: template-from-words
    return render_template_string(words)


def load(content):
    # ruleid: objects-from-bytes
    return pickle.loads(content)


def load_data(content):
    # ok: objects-from-bytes
    return json.loads(content)


def make_token():
    # ruleid: random-for-a-secret
    return random.choice("abc")


def make_good_token():
    # ok: random-for-a-secret
    return secrets.token_urlsafe(32)


def check(token, kept):
    # ruleid: secret-compared-plainly
    return token == kept


def check_well(token, kept):
    # ok: secret-compared-plainly
    return hmac.compare_digest(token, kept)


def read_page():
    # ruleid: number-without-an-end
    return request.args.get("page", type=int)


def read_short_page():
    # ok: number-without-an-end
    return request.args.get("page", type=whole_number)


# ruleid: route-beside-a-decorator
bp.add_url_rule("/lists", "lists", send_list)
# ok: route-beside-a-decorator
bp.register_error_handler(404, send_list)
