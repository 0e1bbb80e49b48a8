"""How documents lie in a folder that anybody can verify: one file each, as it was published.

::

    identities/<instance>.json
    sharing-keys/<instance>/<digest>.json
    reports/<instance>/<period>.<revision>.<digest>.json
    allocations/<period>/<instance>.json
    disputes/<instance>/<digest>.json
    seen.json                       when the writer first saw each document

In names of files a colon is written ``_`` and a digest by its first sixteen digits.
"""

from pathlib import PurePosixPath

SEEN = PurePosixPath("seen.json")


def identity_file(instance: str) -> PurePosixPath:
    return PurePosixPath("identities") / f"{_plain(instance)}.json"


def key_file(instance: str, digest: str) -> PurePosixPath:
    return PurePosixPath("sharing-keys") / _plain(instance) / f"{_short(digest)}.json"


def report_file(instance: str, period: str, revision: int, digest: str) -> PurePosixPath:
    return PurePosixPath("reports") / _plain(instance) / f"{period}.{revision}.{_short(digest)}.json"


def allocation_file(instance: str, period: str) -> PurePosixPath:
    return PurePosixPath("allocations") / period / f"{_plain(instance)}.json"


def dispute_file(instance: str, digest: str) -> PurePosixPath:
    return PurePosixPath("disputes") / _plain(instance) / f"{_short(digest)}.json"


def instance_in(name: str) -> str:
    """The instance that a folder or file is named after."""
    return name.removesuffix(".json").replace("_", ":")


def _plain(instance: str) -> str:
    return instance.replace(":", "_")


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:16]
