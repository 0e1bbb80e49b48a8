"""A payment sandbox in this process, with one shop's account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cards import Bank, open_bank


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with open_bank(tmp_path) as opened:
        yield opened
