"""Short names for things that people read aloud, and secrets for links they follow."""

import secrets
import unicodedata

#: Without I, L, O and U, which are misread or make words (Crockford's base 32).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae"})


def new_reference(length: int = 8) -> str:
    """A random reference such as ``7KQ2M4XA``: 40 bits, easily read over the telephone."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_secret() -> str:
    """256 random bits for a link, URL-safe."""
    return secrets.token_urlsafe(32)


def plain(text: str) -> str:
    """``text`` without accents, case or doubled spaces, for comparing and sorting names."""
    text = text.translate(_LIGATURES)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def permalink(text: str) -> str:
    """``text`` as part of an address: "La Ferme d’Élise" gives ``la-ferme-d-elise``."""
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in plain(text))
    return "-".join(kept.split())[:60].strip("-") or "boutique"
