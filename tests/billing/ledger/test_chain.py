"""The hash of an entry as the documentation tells it, computed here with nothing of ours."""

import hashlib
import json
import re
from pathlib import Path

from billing.ledger.chain import record_hash

VECTOR = json.loads((Path(__file__).parent / "vectors" / "entry.json").read_text())
DOCS = Path(__file__).resolve().parents[3] / "docs" / "ledger.md"


def test_the_documented_entry_has_the_documented_hash() -> None:
    assert record_hash(VECTOR) == VECTOR["hash"]
    told = {name: value for name, value in VECTOR.items() if name != "hash"}
    spelt = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert VECTOR["hash"] == "sha256:" + hashlib.sha256(spelt).hexdigest()
    (printed,) = re.findall(r"```json\n(\{.*?coop-journal-entry/1.*?\})\n```", DOCS.read_text(), re.DOTALL)
    assert json.loads(printed) == VECTOR


def test_every_member_counts() -> None:
    for name in VECTOR:
        if name not in ("hash", "signature"):
            assert record_hash({**VECTOR, name: "another"}) != VECTOR["hash"], name
