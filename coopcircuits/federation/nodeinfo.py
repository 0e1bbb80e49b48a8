"""NodeInfo 2.1: what any software may read of an instance, unsigned. Of a sister we only read its languages."""

from collections.abc import Sequence
from typing import Any

from coopcircuits.federation.canonical import canonical_bytes, decode
from coopcircuits.federation.codes import language_tag
from coopcircuits.federation.reasons import Refusal

NODEINFO_PATH = "/nodeinfo/2.1"
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/2.1"
#: By which other software recognises this protocol.
RELATION = "urn:coop-report:1"
MOST_LANGUAGES = 20


def build_nodeinfo(*, software: str, version: str, name: str, languages: Sequence[str]) -> bytes:
    """The least that NodeInfo asks for; it knows no protocol of ours, so the list of protocols is empty."""
    return canonical_bytes(
        {
            "version": "2.1",
            "software": {"name": software, "version": version},
            "protocols": [],
            "services": {"inbound": [], "outbound": []},
            "openRegistrations": True,
            "usage": {"users": {}},
            "metadata": {"nodeName": name, "federation": RELATION, "languages": list(languages)},
        }
    )


def languages_in(raw: bytes) -> list[str]:
    """The known languages of a NodeInfo document, each once, at most twenty; none where it says nothing or nonsense."""
    try:
        told: Any = decode(raw)
    except Refusal:
        return []
    for name in ("metadata", "languages"):
        told = told.get(name) if isinstance(told, dict) else None
    listed = told[: 5 * MOST_LANGUAGES] if isinstance(told, list) else []
    known = [language_tag(entry) for entry in listed if isinstance(entry, str)]
    return list(dict.fromkeys(tag for tag in known if tag))[:MOST_LANGUAGES]
