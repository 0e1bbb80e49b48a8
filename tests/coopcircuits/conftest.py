"""Fixtures of the ground floor's own tests."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from flask import Flask

from coopcircuits.auth import passwords
from coopcircuits.config import Settings
from tests.conftest import built


@pytest.fixture(autouse=True)
def _quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords quickly, except where a test is about how long that takes."""
    if "takes_as_long" in request.node.name:
        return
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody"))


@pytest.fixture
def demo_app(settings: Settings) -> Iterator[Flask]:
    """The application as a demonstration."""
    with built(replace(settings, env="demo")) as application:
        yield application


@pytest.fixture
def https_app(settings: Settings) -> Iterator[Flask]:
    """The application reached over HTTPS, behind one proxy."""
    changed = replace(settings, base_url="https://coop.example.org", trusted_proxies="1")
    with built(changed) as application:
        yield application
