"""A sister instance for tests: public test keys, an identity, a month of figures, hostile versions of its report."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from billing.commons.figures import (
    Availability,
    Contribution,
    Cost,
    Figures,
    Receipt,
    Sales,
    Settlement,
    ShopMonth,
    Software,
)
from billing.commons.report import build
from coopcircuits.federation.identity import Identity, verify_identity
from coopcircuits.federation.keys import PrivateKey
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.signing import ObjectKind, build_envelope, encode_base64url
from coopcircuits.period import Month

HOST = "fr.example.coop"
NOW = datetime(2026, 11, 9, 12, 0, tzinfo=UTC)
ISSUED = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)


def make_key(kid: str, first_byte: int) -> PrivateKey:
    """A key everybody knows: its 32 secret bytes count up from ``first_byte``."""
    return PrivateKey(kid, Ed25519PrivateKey.from_private_bytes(bytes(range(first_byte, first_byte + 32))))


ROOT = make_key("root", 0)
KEY = make_key("ed25519:test-2026", 32)
STALE = make_key("ed25519:test-2025", 64)
REVOKED = make_key("ed25519:test-lost", 96)
COMING = make_key("ed25519:test-2027", 128)
STRANGER = make_key("ed25519:test-unknown", 160)


def identity_payload(**changes: Any) -> dict[str, Any]:
    def entry(key: PrivateKey, since: str, **more: str) -> dict[str, str]:
        return {"alg": "Ed25519", "key": encode_base64url(key.public), "valid_from": since, **more}

    return {
        "v": 1,
        "type": "coop-identity",
        "instance": HOST,
        "name": "Les Paniers de l’Exemple",
        "country": "FR",
        "zone": "Europe/Paris",
        "currency": "EUR",
        "exponent": 2,
        "contact": "federation@fr.example.coop",
        "verify_keys": {
            KEY.kid: entry(KEY, "2026-01-01T00:00:00Z"),
            COMING.kid: entry(COMING, "2027-01-01T00:00:00Z"),
        },
        "old_verify_keys": {
            STALE.kid: entry(STALE, "2025-01-01T00:00:00Z", expired_at="2026-01-01T00:00:00Z", reason="rotated"),
            REVOKED.kid: entry(
                REVOKED, "2026-01-01T00:00:00Z", expired_at="2026-11-09T10:00:00Z", reason="compromised"
            ),
        },
        "root_key": encode_base64url(ROOT.public),
        "valid_until": "2026-11-15T12:00:00Z",
        **changes,
    }


def identity_envelope(*signers: PrivateKey, **changes: Any) -> bytes:
    return build_envelope(ObjectKind.IDENTITY, identity_payload(**changes), signers or (KEY, ROOT))


def identity() -> Identity:
    return verify_identity(identity_envelope(), expected_host=HOST, now=NOW, pinned_root=ROOT.public)


def shops() -> list[ShopMonth]:
    """Forty shops of different sizes: most pay one percent, some a voluntary amount, some nothing."""
    made = []
    for number in range(40):
        scheme = ("percent", "percent", "voluntary", "exempt")[number % 4]
        gross = 180_000 + 37_511 * number
        sales = Sales(gross=gross, refunds=gross // 50, tax=gross // 19, deposits=gross // 100)
        contributions = {
            "percent": {"percent": Contribution(invoiced=sales.net_ex_tax // 100, collected=sales.net_ex_tax // 110)},
            "voluntary": {"voluntary": Contribution(invoiced=1500 + 10 * number, collected=1500)},
        }.get(scheme, {})
        made.append(ShopMonth(scheme, sales, contributions, income_12m=sales.net_ex_tax // 10))
    return made


def figures(**changes: Any) -> Figures:
    receipt = Receipt("sha256:" + "ab" * 32, "INV-2026-118", date(2026, 10, 3), 41_200, 8_240)
    standard = Figures(
        instance=HOST,
        month=Month(2026, 10),
        zone="Europe/Paris",
        currency="EUR",
        state="final",
        issued_at=ISSUED,
        shops=shops(),
        registered_shops=46,
        active_shops=40,
        orders_completed=3_120,
        orders_cancelled=88,
        shoppers=1_904,
        software=Software("CoopCircuits", "0.1.0", "0a39b47", "0001"),
        costs=[
            Cost("hosting", "local", "cash", 41_200, [receipt]),
            Cost("testing", "common", "in_kind", 90_000, minutes=1_800, rate_ref="circle-2026"),
        ],
        paid_to_common=[Settlement("au.example.coop", 250_000)],
        availability=Availability(probes=44_700, down_seconds=540, incidents=1, incident_minutes=9),
        cash_end=3_120_000,
        runway_months_tenths=84,
    )
    return replace(standard, **changes)


def payload(**changes: Any) -> dict[str, Any]:
    return build(figures()) | changes


def report(signer: PrivateKey = KEY, **changes: Any) -> bytes:
    return build_envelope(ObjectKind.REPORT, payload(**changes), [signer])


def altered(change: Callable[[dict[str, Any]], None]) -> bytes:
    """A report changed before it was signed: authentic, but against the rules."""
    content = deepcopy(payload())
    change(content)
    return build_envelope(ObjectKind.REPORT, content, [KEY])


def respelled(old: str, new: str) -> bytes:
    """A report changed after it was signed."""
    text = report().decode()
    if text.count(old) < 1:
        raise ValueError(f"{old} is not in the report")
    return text.replace(old, new, 1).encode()


def deep(levels: int) -> Any:
    return {"a": deep(levels - 1)} if levels else 1


def hostile() -> dict[str, tuple[bytes, str]]:
    """Reports that must be refused whoever asks: what is wrong, the bytes, the reason word."""
    good = report()
    envelope = json.loads(good)
    signature = envelope["signatures"][0]

    def with_signature(**changes: Any) -> bytes:
        return json.dumps({**envelope, "signatures": [signature | changes]}).encode()

    def set_in(*path: str, to: Any) -> bytes:
        def change(content: dict[str, Any]) -> None:
            for name in path[:-1]:
                content = content[name]
            content[path[-1]] = to

        return altered(change)

    def without(name: str) -> bytes:
        return altered(lambda content: content.pop(name))

    late = format_moment(NOW + timedelta(minutes=11))
    return {
        # strict JSON
        "nothing": (b"", "not-json"),
        "a web page": (b"<!doctype html><title>Bonjour</title>", "not-json"),
        "cut in the middle": (good[: len(good) // 2], "not-json"),
        "65 KiB": (good + b" " * (65 * 1024 - len(good)), "too-large"),
        "Latin-1": (good.replace(b'"zone":"Europe/Paris"', b'"zone":"Montr\xe9al"'), "not-utf8"),
        "UTF-16": (good.decode().encode("utf-16"), "not-utf8"),
        "byte order mark": (b"\xef\xbb\xbf" + good, "not-json"),
        "overlong encoding": (good.replace(b"Europe/Paris", b"Europe\xc0\xafParis"), "not-utf8"),
        "float": (respelled('"revision":1', '"revision":1.0'), "float"),
        "exponent": (respelled('"revision":1', '"revision":1e0'), "float"),
        "NaN": (respelled('"revision":1', '"revision":NaN'), "not-finite"),
        "infinity": (respelled('"revision":1', '"revision":-Infinity'), "not-finite"),
        "2^60": (respelled('"revision":1', f'"revision":{2**60}'), "integer-range"),
        "2^53": (respelled('"revision":1', f'"revision":{2**53}'), "integer-range"),
        "a number of 60,000 digits": (b'{"payload":' + b"9" * 60_000 + b"}", "integer-range"),
        "duplicate key": (respelled('"revision":1', '"revision":1,"revision":1'), "duplicate-key"),
        "duplicate key, escaped": (respelled('"revision":1', '"revision":1,"\\u0072evision":2'), "duplicate-key"),
        "NFD text": (respelled('"zone":"', '"zone":"e\u0301'), "not-nfc"),
        "NFD name": (respelled('"zone":', '"e\u0301":1,"zone":'), "not-nfc"),
        "lone surrogate": (respelled('"zone":"', '"zone":"\\ud800'), "lone-surrogate"),
        "depth 9": (json.dumps({"payload": {"ext": deep(7)}, "signatures": []}).encode(), "too-deep"),
        "depth 60,000": (b"[" * 60_000, "too-deep"),
        # envelope
        "an array": (b"[]", "bad-envelope"),
        "payload alone": (json.dumps(envelope["payload"]).encode(), "bad-envelope"),
        "no signature": (json.dumps({**envelope, "signatures": []}).encode(), "bad-envelope"),
        "further member": (json.dumps({**envelope, "x": 1}).encode(), "bad-envelope"),
        "same signature twice": (json.dumps({**envelope, "signatures": [signature] * 2}).encode(), "bad-envelope"),
        "odd key name": (with_signature(kid="ed25519:../../root"), "bad-kid"),
        "short key name": (with_signature(kid="ed25519:abc"), "bad-kid"),
        "algorithm none": (with_signature(alg="none"), "unsupported-algorithm"),
        "padded signature": (with_signature(sig=signature["sig"] + "=="), "bad-signature-text"),
        "signature with loose bits": (with_signature(sig=signature["sig"][:-1] + "_"), "bad-signature-text"),
        "other 64 bytes": (with_signature(sig="A" * 86), "bad-signature"),
        # schema
        "wrong type": (set_in("type", to="coop-identity"), "bad-schema"),
        "version 2": (set_in("v", to=2), "bad-schema"),
        "true for one": (set_in("v", to=True), "bad-schema"),
        "unknown member": (set_in("note", to="x"), "bad-schema"),
        "unknown member inside": (set_in("turnover", "secret", to=1), "bad-schema"),
        "missing member": (without("software"), "bad-schema"),
        "unknown zone": (set_in("zone", to="Europe/Atlantis"), "bad-schema"),
        "unknown currency": (set_in("currency", to="ZZZ"), "bad-schema"),
        "local time": (set_in("issued_at", to="2026-11-09T09:00:00+01:00"), "bad-schema"),
        "month 13": (set_in("period", to="2026-13"), "bad-schema"),
        "unknown category": (set_in("costs", to=[payload()["costs"][0] | {"category": "gifts"}]), "bad-schema"),
        "nine shoppers": (set_in("shoppers", "distinct", to=9), "bad-schema"),
        # issuer and keys
        "wrong host": (set_in("instance", to="de.example.coop"), "wrong-issuer"),
        "unknown key": (report(STRANGER), "unknown-key"),
        "stale key": (report(STALE), "key-expired"),
        "coming key": (report(COMING), "key-not-yet-valid"),
        "revoked key": (report(REVOKED), "key-revoked"),
        "root key": (report(ROOT), "unknown-key"),
        "changed figure": (respelled('"active":40', '"active":41'), "bad-signature"),
        "key of another name": (
            json.dumps({**json.loads(report(STRANGER)), "signatures": [signature]}).encode().replace(b"0a39b47", b"x"),
            "bad-signature",
        ),
        "signed as an identity": (build_envelope(ObjectKind.IDENTITY, payload(), [KEY]), "bad-signature"),
        "from the future": (set_in("issued_at", to=late), "issued-in-future"),
        # revision
        "revision 2 without a reason": (set_in("revision", to=2), "revision-unexplained"),
        "revision 1 that replaces": (
            report(supersedes="sha256:" + "0" * 64, reason="an order forgotten"),
            "revision-unexplained",
        ),
        # sums
        "wrong month bounds": (set_in("period_end", to="2026-11-01T00:00:00Z"), "wrong-period-bounds"),
        "another month's bounds": (set_in("period", to="2026-09"), "wrong-period-bounds"),
        "a month that has not begun": (set_in("issued_at", to="2026-09-30T21:59:59Z"), "not-begun"),
        "final before its end": (set_in("issued_at", to="2026-10-31T22:00:00Z"), "final-too-early"),
        "turnover does not add up": (set_in("turnover", "gross", to=1), "bad-arithmetic"),
        "schemes do not add up": (set_in("turnover", "by_scheme", "exempt", to=1), "bad-arithmetic"),
        "hidden but not named": (set_in("contributions", "other", "overdue", to=None), "bad-arithmetic"),
        "more active than registered": (set_in("shops", "registered", to=39), "bad-arithmetic"),
        "down for longer than the month": (set_in("availability", "down_seconds", to=745 * 3600 + 1), "bad-arithmetic"),
        "down for 2^52 seconds": (set_in("availability", "down_seconds", to=2**52), "bad-arithmetic"),
        "euros without cents": (set_in("exponent", to=0), "bad-arithmetic"),
    }
