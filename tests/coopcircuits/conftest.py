"""Fixtures of the ground floor's own tests."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from coopcircuits.config import Settings
from tests.conftest import built


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
