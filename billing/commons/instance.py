"""This instance as its sisters know it: what the doors of the federation need from the running application."""

from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from coopcircuits import clock, money
from coopcircuits.config import Settings
from coopcircuits.doors import settings
from coopcircuits.federation.announcement import published_identity
from coopcircuits.federation.client import PullClient
from coopcircuits.federation.identity import Profile
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import one_line
from coopcircuits.site import site


def instance_name(known: Settings | None = None) -> str:
    """The host name under which this instance signs, with ``:port`` where it is not 443."""
    known = known or settings()
    return known.federation_host or urlsplit(known.base_url).netloc.lower().removesuffix(":443")


def key_folder() -> Path:
    return Path(settings().var_dir) / "keys"


def open_keys() -> KeyStore:
    """Our keys, made on first need; the root key lies among them except in production."""
    return KeyStore.open(key_folder(), now=clock.now(), root_on_disk=not settings().is_production)


def profile() -> Profile:
    """What our identity says of us."""
    here = site()
    return Profile(
        instance=instance_name(),
        name=one_line(here.name),
        country=here.country,
        zone=here.zone,
        currency=here.currency,
        exponent=money.exponent(here.currency),
        contact=here.email,
    )


def signed_identity() -> bytes:
    """The identity envelope that we publish now; raises a :class:`Refusal` that says what to do."""
    return published_identity(open_keys(), profile(), now=clock.now())


def own_identity() -> bytes:
    """The same, empty while it cannot be signed."""
    try:
        return signed_identity()
    except Refusal:
        return b""


def pull_client() -> PullClient:
    """The client that asks our sisters; made when it is first needed, since it reads the system's authorities."""
    if "pull_client" not in current_app.extensions:
        hosts = settings().federation_allow_hosts.split(",")
        allowed = frozenset(host.strip() for host in hosts if host.strip())
        current_app.extensions["pull_client"] = PullClient(allow_hosts=allowed)
    client: PullClient = current_app.extensions["pull_client"]
    return client
