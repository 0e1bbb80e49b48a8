"""How many wrong passwords one account stands: counted per account, whichever addresses they come from."""

import hashlib

from flask import current_app
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from coopcircuits.errors import TooManyRequests

#: Guessing at this pace is hopeless, while somebody who looks for their password stays well below.
_WRONG_PASSWORDS = parse("20 per 15 minutes")


def _limiter() -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions["limiter"]
    return limiter


def _key(email: str) -> str:
    return hashlib.blake2b(email.encode(), digest_size=16).hexdigest()


def check(email: str) -> None:
    """Raises :class:`TooManyRequests` while an account has had too many wrong passwords."""
    if not _limiter().test(_WRONG_PASSWORDS, "wrong-password", _key(email)):
        raise TooManyRequests


def count_wrong(email: str) -> None:
    _limiter().hit(_WRONG_PASSWORDS, "wrong-password", _key(email))
