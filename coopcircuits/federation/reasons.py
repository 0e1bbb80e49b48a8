"""Why something from a peer is refused: one stable word each, and the sentence that a person reads."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_

#: Words are part of the protocol (peers script against them); ``docs/federation.md`` lists the same ones.
REASONS: dict[str, str] = {
    # documents
    "too-large": N_("The document is larger than allowed."),
    "not-utf8": N_("The document is not valid UTF-8 text."),
    "not-json": N_("The answer is not JSON."),
    "duplicate-key": N_("The document gives the same member twice."),
    "float": N_("The document holds a number with a decimal point or an exponent; only whole numbers are allowed."),
    "not-finite": N_("The document holds a number that is not finite."),
    "integer-range": N_("The document holds a whole number too large to be read the same everywhere."),
    "not-nfc": N_("The document holds a text that is not in the composed Unicode form (NFC)."),
    "lone-surrogate": N_("The document holds half of a Unicode character."),
    "too-deep": N_("The document is nested too deeply."),
    "not-json-value": N_("The document holds a value that JSON does not know."),
    # envelopes and signatures
    "bad-envelope": N_("The document is not a signed envelope."),
    "bad-kid": N_("The name of the signing key is malformed."),
    "bad-signature-text": N_("The signature is not written as 64 bytes of unpadded base64url."),
    "unsupported-algorithm": N_("The signature uses another algorithm than Ed25519."),
    "unknown-key": N_("The signing key is not one that this instance announced."),
    "key-not-yet-valid": N_("The document was issued before its signing key became valid."),
    "key-expired": N_("The document was issued after its signing key expired."),
    "key-revoked": N_("The signing key was revoked as compromised and the document was not known before that."),
    "bad-signature": N_("The signature does not match the document: something in it was changed."),
    # identity
    "bad-identity": N_("The identity document does not have the agreed form."),
    "identity-expired": N_("The identity document of the instance is out of date."),
    "identity-too-long": N_("The identity document claims to be valid for more than seven days."),
    "root-changed": N_("The root key is not the one that was confirmed with this instance."),
    "wrong-issuer": N_("The document was issued by another instance than the one asked."),
    # reports
    "unknown-peer": N_("This instance is not one of our registered peers."),
    "bad-schema": N_("The report does not have the agreed fields."),
    "wrong-document": N_("The report is for another month or revision than the one asked for."),
    "issued-in-future": N_("The report is dated in the future."),
    "already-known": N_("We already hold exactly this report."),
    "older-revision": N_("We already hold a later revision of this report."),
    "equivocation": N_("The instance published two different reports under the same month and revision."),
    "revision-unexplained": N_("A revision must name the report it replaces and give a reason."),
    "wrong-supersedes": N_("The revision claims to replace a report that we never received."),
    "broken-chain": N_("The report does not follow the final report of the month before."),
    "wrong-period-bounds": N_("The period is not the civil month in the zone of the instance."),
    "not-begun": N_("The report is for a month that had not begun when it was signed."),
    "final-too-early": N_("The report calls itself final before the end of its month."),
    "bad-arithmetic": N_("The figures of the report do not add up."),
    # allocations
    "bad-sharing-key": N_("The key of sharing does not have the agreed form."),
    "bad-allocation": N_("The allocation does not have the agreed form, or does not add up."),
    # disputes
    "bad-dispute": N_("The document of the dispute does not have the agreed form."),
    "unknown-report": N_("The dispute is about a report that we do not hold."),
    "unknown-dispute": N_("The document is about a dispute that we do not hold."),
    "already-contested": N_("The claimant already contests this figure of the report; one claim at a time."),
    "not-theirs": N_("This instance has no such say in the dispute."),
    # notices
    "bad-notice": N_("The notice does not have the agreed form."),
    "bad-http-signature": N_("The request is not signed as agreed."),
    "bad-content-digest": N_("The digest of the request is not that of its body."),
    "not-in-time": N_("The notice was signed too long ago, or by a clock that is wrong."),
    "replayed": N_("The same notice came before."),
    # pulling
    "bad-address": N_("This is not the address of an instance."),
    "scheme-not-allowed": N_("Instances are only reached over HTTPS."),
    "port-not-allowed": N_("Instances are only reached on port 443."),
    "unresolvable": N_("The name of the instance does not lead to any address."),
    "address-not-allowed": N_("The name of the instance leads to a private or reserved address."),
    "connect-failed": N_("The instance could not be reached."),
    "certificate": N_("The certificate of the instance is not valid for its name."),
    "tls-failed": N_("No secure connection could be made with the instance."),
    "too-slow": N_("The instance took too long to answer."),
    "not-http": N_("The answer of the instance could not be understood."),
    "redirected": N_("The instance answered with a redirection, which is never followed."),
    "encoded": N_("The instance sent a compressed answer although none was asked for."),
    "truncated": N_("The answer of the instance was cut off."),
    "unexpected-status": N_("The instance answered with an error instead of the document."),
    "wrong-content-type": N_("The instance answered with something else than JSON."),
    "too-many": N_("More came of asking than is written down in a day. The lists of this instance wait for tomorrow."),
    # our own keys
    "keys-exposed": N_("Other users of this machine could read the private keys; restrict the folder to its owner."),
    "keys-damaged": N_("The folder of private keys is incomplete or cannot be read."),
    "root-key-missing": N_(
        "This instance has no keys yet: run “flask federation keys sign-identity” with its root key once."
    ),
    "identity-unsigned": N_(
        "The identity of this instance is not signed with its root key: run “flask federation keys sign-identity”."
    ),
    "root-key-unusable": N_("The file of the root key cannot be used here."),
    "announce-too-late": N_("A new key must be announced at least 35 days before it becomes valid."),
    "no-valid-key": N_("No signing key is valid at present."),
}


class Refusal(DomainError):
    """A document, peer or key that cannot be accepted; ``reason`` is a word of :data:`REASONS`.

    ``detail`` tells an operator where: a path in the document, an address, a key name. Never a secret.
    """

    status = 422

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(REASONS[reason])
        self.reason = self.code = reason
        self.detail = detail

    def __str__(self) -> str:
        sentence = super().__str__()
        return f"{sentence} ({self.detail})" if self.detail else sentence
