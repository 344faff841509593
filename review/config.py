"""Settings, read once from the environment, typed; an unsafe start is refused with what to do about it."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from review.config_sign_in import LOOPBACK, SignInSettings, find_sign_in_problems, read_sign_in
from review.domain.api_scope import CALLS_A_MINUTE
from review.domain.values import dataclass

ROOT = Path(__file__).resolve().parent.parent
PUBLIC_PATH = re.compile(r"([A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*)?")
"""What may stand behind the host of the public address."""
KEY_LENGTH = 32
SIGNING = "signing.pem"
IN_FILES = ("DATABASE_URL", "MAIL", "OIDC_CLIENT_SECRET", "METRICS_TOKEN")
"""What may be read from a file that NAME_FILE names: the keys have files of their own."""
MAIL_SCHEMES = ("smtp", "smtps")


class JobsMode(StrEnum):
    """Where background work runs: in the request that asked for it, or in the job engine's workers."""

    INLINE = "inline"
    DBOS = "dbos"


class LogForm(StrEnum):
    """How logs are written: a line for people when something is wrong, or a JSON object for that and each request."""

    TEXT = "text"
    JSON = "json"


class UnsafeSettings(Exception):
    """The installation cannot start like this; `problems` says what to change, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Settings:
    """Everything an installation may set, with the environment variable of the same name in capitals."""

    database_url: str
    secret_key: str
    audit_key: str
    var_dir: Path
    files_dir: Path
    bind: str = "127.0.0.1:8080"
    public_url: str = "http://127.0.0.1:8080"
    company: str = "Dualtrack"
    mail: str = ""
    mail_from: str = "dualtrack@localhost"
    jobs: JobsMode = JobsMode.DBOS
    zone: str = "UTC"
    render_processes: int = 2
    render_seconds: int = 120
    render_mb: int = 1536
    web_workers: int = 2
    drain_seconds: int = 0
    proxies: int = 0
    metrics_token: str = ""
    api_calls: int = CALLS_A_MINUTE
    log: LogForm = LogForm.TEXT
    hooks_local: bool = False
    is_demo: bool = False
    is_testing: bool = False
    signing: Path | None = None
    sign_in: SignInSettings = field(default_factory=SignInSettings)

    @property
    def signing_key(self) -> Path:
        """The file of the key that signs packets: `SIGNING_KEY`, else beside the other keys."""
        return self.signing or self.var_dir / SIGNING

    @property
    def drain_file(self) -> Path:
        """The file that is there while the web server of this address is about to stop."""
        return self.var_dir / f"draining-{self.bind.rpartition(':')[2]}"

    @property
    def is_sqlite(self) -> bool:
        """True for the default database, one file."""
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        """True when people reach the pages over TLS."""
        return self.public_url.startswith("https://")

    @property
    def root(self) -> str:
        """The path that all pages are below, without a slash at its end; empty for a host of their own."""
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def origin(self) -> str:
        """The public address without that path."""
        return self.public_url.removesuffix(self.root)

    def name_cookie(self, name: str) -> str:
        """Return the whole name of a cookie: the browser takes `__Host-` from this host over TLS only.

        Such a cookie is for the whole host, so two installations on it need two names.
        """
        return f"{'__Host-' if self.is_https else ''}{name}{self.root.replace('/', '-')}"

    @property
    def is_local(self) -> bool:
        """True when only this machine reaches the pages."""
        return is_loopback(self.public_url)


def is_loopback(url: str) -> bool:
    """Say whether an address names this machine."""
    return urlsplit(url).hostname in LOOPBACK


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Makes the var directory and, for an installation on one machine, its two keys (mode 0600) at the first start.
    Raises UnsafeSettings with every problem at once.
    """
    env = _read_files(os.environ if environ is None else environ)
    var_dir = _find_var_dir(env)
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database_url = env.get("DATABASE_URL") or f"sqlite:///{var_dir / 'dualtrack.db'}"
    may_generate = database_url.startswith("sqlite") or is_loopback(env.get("PUBLIC_URL") or "http://localhost")
    bind = env.get("BIND") or "127.0.0.1:8080"
    processes = os.cpu_count() or 1
    settings = Settings(
        database_url=database_url,
        secret_key=env.get("SECRET_KEY") or _kept_key(var_dir / "secret.key", may_generate=may_generate),
        audit_key=env.get("AUDIT_KEY") or _kept_key(var_dir / "audit.key", may_generate=may_generate),
        var_dir=var_dir,
        files_dir=Path(env.get("FILES_DIR") or var_dir / "files").resolve(),
        bind=bind,
        public_url=(env.get("PUBLIC_URL") or f"http://{bind}").rstrip("/"),
        company=env.get("COMPANY") or "Dualtrack",
        mail=env.get("MAIL") or f"file:{var_dir / 'mail'}",
        mail_from=env.get("MAIL_FROM") or "dualtrack@localhost",
        jobs=JobsMode(env.get("JOBS") or JobsMode.DBOS),
        zone=env.get("ZONE") or "UTC",
        render_processes=int(env.get("RENDER_PROCESSES") or processes),
        render_seconds=int(env.get("RENDER_SECONDS") or 120),
        render_mb=int(env.get("RENDER_MB") or 1536),
        web_workers=int(env.get("WEB_WORKERS") or processes),
        drain_seconds=int(env.get("DRAIN_SECONDS") or 0),
        proxies=int(env.get("PROXIES") or 0),
        metrics_token=env.get("METRICS_TOKEN") or "",
        api_calls=int(env.get("API_CALLS") or CALLS_A_MINUTE),
        log=LogForm(env.get("LOG") or LogForm.TEXT),
        hooks_local=env.get("HOOKS_LOCAL") == "1",
        is_demo=env.get("DEMO") == "1",
        signing=find_signing_key(env),
        sign_in=read_sign_in(env),
    )
    problems = [*find_problems(settings), *find_sign_in_problems(settings.sign_in, env)]
    if problems:
        raise UnsafeSettings(problems)
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    return settings


def find_signing_key(environ: Mapping[str, str] | None = None) -> Path:
    """Return the file of the key that signs packets, whether it is there or not; nothing is made."""
    env = os.environ if environ is None else environ
    return Path(env.get("SIGNING_KEY") or _find_var_dir(env) / SIGNING).resolve()


def find_problems(settings: Settings) -> list[str]:
    """Return what makes these settings unsafe or unusable, one sentence each."""
    problems = [
        f"{name} must be at least {KEY_LENGTH} characters; make one with: "
        "python3 -c 'import secrets; print(secrets.token_hex(32))'"
        for name, key in (("SECRET_KEY", settings.secret_key), ("AUDIT_KEY", settings.audit_key))
        if len(key) < KEY_LENGTH
    ]
    if settings.metrics_token and len(settings.metrics_token) < KEY_LENGTH:
        problems.append(f"METRICS_TOKEN must be at least {KEY_LENGTH} characters; left out, there are no metrics.")
    if settings.secret_key == settings.audit_key and not problems:
        problems.append("SECRET_KEY and AUDIT_KEY must differ, so that one leak does not open both.")
    if not settings.is_local and not settings.is_https:
        problems.append(f"PUBLIC_URL must begin with https: {settings.public_url} would send passwords in the clear.")
    if not PUBLIC_PATH.fullmatch(settings.public_url.partition("://")[2].partition("/")[2]):
        problems.append(
            f"PUBLIC_URL may end with a path such as /reviews, of letters, digits and . _ ~ -: {settings.public_url}"
        )
    if settings.is_demo and not settings.is_local:
        problems.append("DEMO=1 lets anybody sign in as anybody: only with a PUBLIC_URL on this machine.")
    if settings.hooks_local and not settings.is_local:
        problems.append("HOOKS_LOCAL=1 lets hooks call this machine: only with a PUBLIC_URL on this machine.")
    if not settings.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        problems.append("DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")
    if not settings.mail.startswith("file:") and urlsplit(settings.mail).scheme not in MAIL_SCHEMES:
        problems.append("MAIL must be file:DIRECTORY, or a server's address beginning with smtp: or smtps:")
    if not _is_zone(settings.zone):
        problems.append(
            f"ZONE must be a name of the time zone database, such as Europe/Berlin; {settings.zone} is none."
        )
    return problems


def _read_files(env: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment with what lies in files, as vaults and systemd hand secrets over; raise UnsafeSettings."""
    found, problems = dict(env), []
    for name in IN_FILES:
        place = env.get(f"{name}_FILE")
        if place and env.get(name):
            problems.append(f"{name} and {name}_FILE are both set: leave one of them out.")
        elif place:
            try:
                found[name] = Path(place).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                problems.append(f"{name}_FILE names no file that can be read: {place}")
    if problems:
        raise UnsafeSettings(problems)
    return found


def _find_var_dir(env: Mapping[str, str]) -> Path:
    return Path(env.get("VAR_DIR") or ROOT / "var").resolve()


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _kept_key(path: Path, *, may_generate: bool) -> str:
    """Return the key kept in a file; the first start of one machine writes it, readable by its owner alone."""
    if not path.exists():
        if not may_generate:
            return ""
        _write_once(path, secrets.token_hex(KEY_LENGTH))
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, key: str) -> None:
    """Write a key unless another process was first: the file appears whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
