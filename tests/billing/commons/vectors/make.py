"""The published test vectors: ``python -m tests.billing.commons.vectors.make`` writes them again.

All keys are public test keys: their 32 secret bytes count up.
"""

import base64
import json
from pathlib import Path
from typing import Any

from billing.commons.allocation import allocation_digest
from coopcircuits.federation.canonical import canonical_bytes, digest
from coopcircuits.federation.http_signature import Request, parse_input, signature_base
from coopcircuits.federation.identity import fingerprint
from coopcircuits.federation.keys import PrivateKey
from coopcircuits.federation.lists import NOTICES_PATH
from coopcircuits.federation.notice import build_notice, sign_notice
from coopcircuits.federation.signing import ObjectKind, build_envelope, encode_base64url, signed_bytes
from tests.billing.commons import sister
from tests.billing.commons.vectors import disputes, sharing
from tests.coopcircuits.federation.test_canonical import AGREED


def vectors() -> dict[str, dict[str, Any]]:
    """File name to content."""
    key, allocation = sister.KEY, sharing.allocation()
    return {
        "canonical": {
            "about": "Canonical form and digest only; not a valid report.",
            "payload": AGREED,
            "canonical": canonical_bytes(AGREED).decode(),
            "digest": digest(AGREED),
        },
        "report": _signed(ObjectKind.REPORT, sister.payload(), [(key, 32)], sister.report()),
        "identity": _signed(
            ObjectKind.IDENTITY, sister.identity_payload(), [(key, 32), (sister.ROOT, 0)], sister.identity_envelope()
        )
        | {"fingerprint": fingerprint(sister.ROOT.public)},
        "sharing_key": _signed(
            ObjectKind.SHARING_KEY, sharing.KEY, [(key, 32)], build_envelope(ObjectKind.SHARING_KEY, sharing.KEY, [key])
        ),
        "allocation": {"computed_from": sharing.computed_from()}
        | _signed(
            ObjectKind.ALLOCATION, allocation, [(key, 32)], build_envelope(ObjectKind.ALLOCATION, allocation, [key])
        )
        | {"allocation_digest": allocation_digest(allocation)},
        "dispute": _signed(
            ObjectKind.DISPUTE,
            disputes.claim(),
            [(key, 32)],
            build_envelope(ObjectKind.DISPUTE, disputes.claim(), [key]),
        )
        | {
            "about": "A claim about the report of the report vector, its answer, and what sets of documents come to.",
            "answer": disputes.answer(),
            "answer_digest": digest(disputes.answer()),
            "states": disputes.cases(),
        },
        "notice": _notice(),
        "shares": {
            "about": "Each kind of key by itself; amounts in EUR cents, t and c over twelve months.",
            "cases": sharing.splits(),
        },
        "refused": {
            "about": "Envelopes pulled from the host of the identity vector at this time, and why each is refused.",
            "now": "2026-11-09T12:00:00Z",
            "host": sister.HOST,
            "cases": [
                {"name": name, "reason": reason, "raw_base64": base64.b64encode(raw).decode()}
                for name, (raw, reason) in sister.hostile().items()
                if len(raw) < 10_000
            ],
        },
    }


def _notice() -> dict[str, Any]:
    """A notice from the instance of the identity vector, with the bytes that its signature covers."""
    to, nonce = "de.example.coop", "AAECAwQFBgcICQoLDA0ODw"
    body = build_notice(sister.HOST, digest(sister.payload()))
    headers = sign_notice(body, to=to, signer=sister.KEY, now=sister.NOW, nonce=nonce)
    given = parse_input(headers["Signature-Input"])
    request = Request("POST", to, NOTICES_PATH, {name.lower(): value for name, value in headers.items()})
    return {
        "about": "Posted to this instance at this time; the key is that of the identity vector.",
        "to": to,
        "now": "2026-11-09T12:00:00Z",
        "body": body.decode(),
        "headers": headers,
        "signature_base": signature_base(request, given.components, given.written).decode(),
    }


def _signed(
    kind: ObjectKind, payload: dict[str, Any], keys: list[tuple[PrivateKey, int]], envelope: bytes
) -> dict[str, Any]:
    message = signed_bytes(kind, payload)
    return {
        "payload": payload,
        "canonical_hex": canonical_bytes(payload).hex(),
        "digest": digest(payload),
        "signed_prefix": kind.value + "\n",
        "signatures": [
            {
                "kid": key.kid,
                "secret_key_hex": bytes(range(first, first + 32)).hex(),
                "public_key": encode_base64url(key.public),
                "sig": encode_base64url(key.sign(message)),
            }
            for key, first in keys
        ],
        "envelope": envelope.decode(),
    }


if __name__ == "__main__":
    for name, content in vectors().items():
        path = Path(__file__).parent / f"{name}.json"
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
