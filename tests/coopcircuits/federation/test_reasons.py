import ast
import re
from pathlib import Path

import pytest

from coopcircuits.federation.reasons import REASONS, Refusal
from coopcircuits.i18n import speaking

ROOT = Path(__file__).parents[3]


def test_every_reason_is_documented_and_every_documented_reason_exists() -> None:
    page = (ROOT / "docs" / "federation.md").read_text("utf-8").partition("## Reasons")[2]
    documented = re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE)
    assert sorted(documented) == sorted(REASONS)


def test_every_reason_is_raised_somewhere() -> None:
    words: set[str] = set()
    for path in (*(ROOT / "coopcircuits" / "federation").glob("*.py"), *(ROOT / "billing").rglob("*.py")):
        if path.name != "reasons.py":
            tree = ast.parse(path.read_text("utf-8"))
            words |= {
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    assert set(REASONS) <= words


def test_a_refusal_speaks_to_people_and_to_machines() -> None:
    refusal = Refusal("too-large", "70000 > 65536")
    assert (refusal.code, refusal.reason) == ("too-large", "too-large")
    with speaking("en"):
        assert str(refusal) == "The document is larger than allowed. (70000 > 65536)"


def test_an_unknown_reason_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        Refusal("because")
