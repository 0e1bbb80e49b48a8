"""Password hashes: argon2id with the parameters that OWASP recommends (19 MiB, 2 passes, 1 lane)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Compared against when there is no such account, so that both answers take as long: the hash of a forgotten password.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$TfaVOGii224zXFMUjUHzUQ$+Ihb5lMvVcQFDBMIBORQ8sESY+YjRyGah6kxew76sdo"


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes as long for a missing account."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
