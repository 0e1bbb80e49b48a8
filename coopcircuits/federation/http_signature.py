"""HTTP Message Signatures (RFC 9421) with Ed25519, as far as notices need them, and Content-Digest (RFC 9530).

One signature a message, derived components and plain header fields, no structured-field parameters on components. What
is written in another way is refused, never guessed at.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import Signer

_PARAMETER = r';[a-z]{1,16}=(?:[0-9]{1,15}|"[ !#-\[\]-~]{0,200}")'
_COMPONENTS = r'\((?:"@?[a-z][a-z0-9-]{0,40}"(?: "@?[a-z][a-z0-9-]{0,40}"){0,15})?\)'
_INPUT = re.compile(rf"([a-z][a-z0-9_-]{{0,31}})=({_COMPONENTS})((?:{_PARAMETER}){{0,10}})", re.ASCII)
_SIGNATURE = re.compile(r"([a-z][a-z0-9_-]{0,31})=:([A-Za-z0-9+/]{86}==):", re.ASCII)
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):", re.ASCII)


class SignatureRefused(Refusal):
    """The signature of a request is malformed, or not good."""

    status = 401


@dataclass(frozen=True)
class Request:
    """What a signature may cover; names of ``headers`` are in lower case."""

    method: str
    authority: str
    path: str
    headers: Mapping[str, str]

    def component(self, name: str) -> str:
        """The value of a component; raises :class:`SignatureRefused` for one that is not there."""
        derived = {"@method": self.method, "@authority": self.authority, "@path": self.path}
        value = derived.get(name) if name.startswith("@") else self.headers.get(name)
        if value is None:
            raise SignatureRefused("bad-http-signature", name)
        return " ".join(value.split())


@dataclass(frozen=True)
class SignatureInput:
    """A parsed Signature-Input: ``written`` is the inner list with its parameters, as it is signed."""

    label: str
    components: Sequence[str]
    parameters: Mapping[str, int | str]
    written: str


def signature_base(request: Request, components: Sequence[str], written: str) -> bytes:
    """The bytes that are signed (RFC 9421, 2.5)."""
    lines = [f'"{name}": {request.component(name)}' for name in components]
    return "\n".join([*lines, f'"@signature-params": {written}']).encode()


def parse_input(header: str) -> SignatureInput:
    """Read a Signature-Input field that holds one signature; raises :class:`SignatureRefused`."""
    found = _INPUT.fullmatch(header)
    if found is None:
        raise SignatureRefused("bad-http-signature", "Signature-Input")
    label, inner, tail = found.groups()
    components = re.findall(r'"([^"]+)"', inner)
    pairs = [(name, value) for name, value in re.findall(r';([a-z]+)=([0-9]+|"[^"]*")', tail)]
    parameters: dict[str, int | str] = {
        name: value[1:-1] if value.startswith('"') else int(value) for name, value in pairs
    }
    if len(set(components)) != len(components) or len(parameters) != len(pairs):
        raise SignatureRefused("bad-http-signature", "Signature-Input")
    return SignatureInput(label, components, parameters, inner + tail)


def write_input(components: Sequence[str], parameters: Mapping[str, int | str]) -> str:
    """The inner list with its parameters, in the order given."""
    inner = " ".join(f'"{name}"' for name in components)
    tail = "".join(
        f';{name}="{value}"' if isinstance(value, str) else f";{name}={value}" for name, value in parameters.items()
    )
    return f"({inner}){tail}"


def sign(
    request: Request, components: Sequence[str], parameters: Mapping[str, int | str], signer: Signer
) -> dict[str, str]:
    """The two header fields that carry a signature over these components."""
    written = write_input(components, parameters)
    value = base64.b64encode(signer.sign(signature_base(request, components, written))).decode()
    return {"Signature-Input": f"coop={written}", "Signature": f"coop=:{value}:"}


def verify(request: Request, given: SignatureInput, key: bytes) -> None:
    """Check the Signature field with the public ``key`` (32 raw bytes); raises :class:`SignatureRefused`."""
    found = _SIGNATURE.fullmatch(request.headers.get("signature", ""))
    if found is None or found[1] != given.label:
        raise SignatureRefused("bad-http-signature", "Signature")
    try:
        signature = base64.b64decode(found[2], validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(
            signature, signature_base(request, given.components, given.written)
        )
    except (InvalidSignature, ValueError, binascii.Error):
        raise SignatureRefused("bad-signature", "HTTP") from None


def content_digest(body: bytes) -> str:
    """The Content-Digest field of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def check_content_digest(body: bytes, header: str) -> None:
    """Refuse a body that is not the one digested; only SHA-256 is understood."""
    if not _DIGEST.fullmatch(header) or header != content_digest(body):
        raise SignatureRefused("bad-content-digest")
