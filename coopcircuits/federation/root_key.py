"""A root key in a file of its own, kept away from the machine: made once, brought along to sign identities."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from coopcircuits.federation.keys import KeysRefused, PrivateKey, write_whole
from coopcircuits.federation.signing import ROOT_KID


def make(path: Path) -> PrivateKey:
    """Write a new root key, readable by its owner only; raises :class:`KeysRefused` where a file lies already."""
    if path.exists() or not path.parent.is_dir():
        raise KeysRefused("root-key-unusable", str(path))
    key = Ed25519PrivateKey.generate()
    write_whole(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return PrivateKey(ROOT_KID, key)


def load(path: Path) -> PrivateKey:
    """Read a root key; raises :class:`KeysRefused`. Sticks know no owners, so its mode is not checked."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise KeysRefused("root-key-unusable", str(path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysRefused("root-key-unusable", str(path))
    return PrivateKey(ROOT_KID, key)
