"""Chance that is the same every time the demonstration is built."""

import random

_EDITION = "deux rives"


def dice(*words: object) -> random.Random:
    """Dice of their own for whatever ``words`` name, so that a change in one place moves nothing elsewhere."""
    return random.Random("/".join(map(str, (_EDITION, *words))))  # noqa: S311 - scenery, not secrets
