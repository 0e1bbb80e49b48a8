"""Settings, read once from ``COOP_*`` environment variables (documented in docs/configuration.md)."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from click import ClickException

ROOT = Path(__file__).resolve().parent.parent


class ConfigurationError(ClickException):
    """A setting is missing or cannot be used; the message names it. Commands show it in one line."""


def setting(default: str, meaning: str) -> Any:
    """One field of :class:`Settings`, with the sentence that the documentation shows."""
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """Every knob. The variable's name is ``COOP_`` and the field's name in capitals."""

    env: str = setting("development", "`production`, `demo` (mails on a page, payment sandbox) or `development`.")
    var_dir: str = setting(str(ROOT / "var"), "Folder for the embedded database, generated secrets and keys.")
    database_url: str = setting("", "`sqlite:///path` or `postgresql://…`; empty: SQLite inside the var folder.")
    secret_key: str = setting(
        "", "Signs cookies and form tokens. Required in production; else generated once per installation."
    )
    base_url: str = setting(
        "http://localhost:8000", "Public address of this instance, without a final slash, used in mails and reports."
    )
    trusted_proxies: str = setting("0", "How many reverse proxies stand in front and set X-Forwarded-* headers.")
    mail_url: str = setting(
        "", "`smtp://user:password@host:port` or `smtps://…`; empty: mails stay in the database (and on the demo page)."
    )
    mail_from: str = setting("bonjour@coopcircuits.example", "Sender of every mail.")
    stripe_secret_key: str = setting("", "Secret key of the platform's Stripe account; empty: no card payments.")
    stripe_api_base: str = setting("", "Address of a payment sandbox; empty: Stripe itself. Refused in production.")
    stripe_webhook_secret: str = setting(
        "", "Signing secret of the Stripe webhook endpoint; several, separated by spaces."
    )
    federation_host: str = setting(
        "", "Host name under which this instance signs reports; empty: the one of the base address."
    )
    federation_allow_hosts: str = setting(
        "",
        "Comma-separated `[https://]host:port` of peers that may be private or plain HTTP. Refused in production.",
    )
    probe_url: str = setting(
        "",
        "A shop's page as people outside see it, looked at every minute; empty: availability is not measured.",
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, **overrides: str) -> "Settings":
        """Read, complete and check the settings; raises :class:`ConfigurationError`."""
        environ = _with_settings_file(environ)
        known = {f"COOP_{f.name.upper()}": f.name for f in fields(cls)}
        unknown = sorted(name for name in environ if name.startswith("COOP_") and name not in known)
        if unknown:
            raise ConfigurationError(f"unknown setting {unknown[0]}; docs/configuration.md lists them all")
        values = {name: environ[variable] for variable, name in known.items() if variable in environ}
        return cls(**{**values, **overrides})._completed()

    def _completed(self) -> "Settings":
        if self.env not in ("production", "demo", "development"):
            raise ConfigurationError("COOP_ENV must be production, demo or development")
        if not self.trusted_proxies.isdecimal():
            raise ConfigurationError("COOP_TRUSTED_PROXIES must be a whole number")
        address = urlsplit(self.base_url)
        if address.scheme not in ("http", "https") or not address.hostname or address.path.strip("/") or address.query:
            raise ConfigurationError("COOP_BASE_URL must look like https://coop.example.org, without a path")
        if self.mail_url and urlsplit(self.mail_url).scheme not in ("smtp", "smtps"):
            raise ConfigurationError("COOP_MAIL_URL must begin with smtp:// or smtps://")
        probed = urlsplit(self.probe_url)
        if self.probe_url and not (probed.scheme in ("http", "https") and probed.hostname and probed.path.strip("/")):
            raise ConfigurationError("COOP_PROBE_URL must look like https://coop.example.org/shops/le-panier")
        if self.is_production:
            for name in ("secret_key", "database_url"):
                if not getattr(self, name):
                    raise ConfigurationError(f"COOP_{name.upper()} must be set in production")
            for name in ("stripe_api_base", "federation_allow_hosts"):
                if getattr(self, name):
                    raise ConfigurationError(f"COOP_{name.upper()} is for demo and tests, not for production")
            if len(self.secret_key) < 32:
                raise ConfigurationError("COOP_SECRET_KEY must have at least 32 characters")
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values["base_url"], values["probe_url"] = self.base_url.rstrip("/"), self.probe_url.rstrip("/")
        values["database_url"] = self.database_url or f"sqlite:///{Path(self.var_dir) / 'coopcircuits.sqlite3'}"
        values["secret_key"] = self.secret_key or _installation_secret(Path(self.var_dir))
        return Settings(**values)

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def is_demo(self) -> bool:
        return self.env == "demo"

    @property
    def is_https(self) -> bool:
        """People reach this instance over HTTPS, so its cookies must travel over nothing else."""
        return self.base_url.startswith("https://")


def _with_settings_file(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Add what ``./run`` kept in ``settings.env``, so that a command typed beside it meets the same instance."""
    if environ is not os.environ or environ.get("COOP_ENV") == "production":
        return environ
    path = Path(environ.get("COOP_VAR_DIR", ROOT / "var")) / "settings.env"
    if not path.exists():
        return environ
    kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {**kept, **environ}


def _installation_secret(folder: Path) -> str:
    """The secret of this installation, made on first use and readable by its owner only."""
    path = folder / "secret_key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(f"the folder {folder} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(secret := secrets.token_urlsafe(48))
    return secret


def as_table() -> str:
    """Every setting as the table of docs/configuration.md."""
    lines = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for f in fields(Settings):
        default = str(f.default).replace(str(ROOT) + os.sep, "")
        lines.append(f"| `COOP_{f.name.upper()}` | {f'`{default}`' if default else ''} | {f.metadata['meaning']} |")
    return "\n".join(lines)
