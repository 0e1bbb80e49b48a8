"""Reading the files of an archive: what lies where, when its writer saw each document, and where one is damaged."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from billing.commons import archive_folder
from coopcircuits.federation.canonical import NotCanonical, canonical_bytes, decode
from coopcircuits.federation.moments import parse_moment
from coopcircuits.federation.reasons import Refusal

_MAX_SEEN_BYTES = 64 * 1024 * 1024


class Wrong(Exception):
    """The first thing in the folder that is not true."""

    def __init__(self, file: Path, why: str, byte: int | None = None) -> None:
        super().__init__(f"{file}{f', byte {byte}' if byte is not None else ''}: {why}")
        self.file, self.why, self.byte = file, why, byte


class Files:
    """The files of the folder, and which of them were read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read_files: set[Path] = set()

    def every(self) -> set[Path]:
        return {path.relative_to(self.folder) for path in self.folder.rglob("*") if not path.is_dir()}

    def files(self, kind: str) -> Iterator[tuple[Path, bytes]]:
        """Files below a folder, by name, relative to the archive."""
        for path in sorted((self.folder / kind).rglob("*.json")):
            name = path.relative_to(self.folder)
            self.read_files.add(name)
            try:
                yield name, path.read_bytes()
            except OSError as error:
                raise Wrong(name, str(error)) from None

    def require_name(self, name: Path, expected: Any) -> None:
        """A document lies where its content says."""
        if name != Path(expected):
            raise Wrong(name, f"its content belongs in {expected}")

    @cached_property
    def first_seen(self) -> dict[str, datetime]:
        """When the writer of the folder first saw each document."""
        return {own: first_seen for own, (first_seen, _revoked_at) in self._told.items()}

    @cached_property
    def revoked_at(self) -> dict[str, datetime]:
        """Until when documents counted for the writer whose key turned out to be stolen."""
        return {own: revoked_at for own, (_first_seen, revoked_at) in self._told.items() if revoked_at is not None}

    @cached_property
    def _told(self) -> dict[str, tuple[datetime, datetime | None]]:
        path = self.folder / archive_folder.SEEN
        self.read_files.add(Path(archive_folder.SEEN))
        if not path.exists():
            return {}
        try:
            told = decode(path.read_bytes(), max_bytes=_MAX_SEEN_BYTES)
            return {
                entry["digest"]: (
                    parse_moment(entry["first_seen"]),
                    parse_moment(entry["revoked_at"]) if "revoked_at" in entry else None,
                )
                for entry in told["seen"]
            }
        except (Refusal, ValueError, TypeError, KeyError) as error:
            raise Wrong(Path(archive_folder.SEEN), str(error)) from None


def wrong_document(name: Path, raw: bytes, error: Exception) -> Wrong:
    """A document that is wrong, and where it is damaged."""
    return Wrong(name, str(error), _damaged_byte(raw))


def _damaged_byte(raw: bytes) -> int | None:
    """Where a document stops being the canonical JSON in which it is published; unknown where a value was changed."""
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        return error.start
    try:
        canonical = canonical_bytes(decode(raw))
    except NotCanonical as refusal:
        if refusal.reason != "not-json":
            return None
        return len(text[: int(refusal.detail.split()[-1])].encode())
    return first_difference(raw, canonical)


def first_difference(one: bytes, other: bytes) -> int | None:
    """The first byte in which two texts of the same beginning differ."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (mine, theirs) in enumerate(pairs) if mine != theirs), None)
