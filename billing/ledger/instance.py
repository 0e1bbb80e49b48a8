"""The books of this instance: its keys, what it keeps of them beside the database, and whether they are whole."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from billing.commons.instance import instance_name, key_folder, open_keys
from billing.ledger import archive, queries, services
from billing.ledger.chain import Record, closing_record
from billing.ledger.errors import BooksOlder
from billing.ledger.models import LedgerClosing
from billing.ledger.verification import Whole, Wrong, read_lines, verify_records
from coopcircuits import clock
from coopcircuits.doors import database, settings, transaction
from coopcircuits.federation.keys import KeyStore, PrivateKey

KEPT = "closings.jsonl"


def close_books() -> list[LedgerClosing]:
    """Close what is over, signed if this instance has keys, and keep a copy of each closing beside the database.

    Raises :class:`BooksOlder` where that copy knows closings that the database does not.
    """
    with transaction() as session:
        made = services.close_periods(session, signer=_signer())
    with database().reading() as session:
        keep_closings(session, kept_closings())
    return made


def kept_closings() -> Path:
    """The file beside the database in which every closing is written once more."""
    return Path(settings().var_dir) / "ledger" / KEPT


def keep_closings(session: Session, path: Path) -> None:
    """Append the closings that the file does not hold yet; whatever stands there stays.

    One at a time: others wait, so ``session`` must not have read anything yet.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _held(path) as file:
        known = _read_kept(session, file)
        last = known[-1] if known else None
        after = last["sequence"] if last else 0
        if last is not None:
            same = queries.closings(session, after=after - 1, upto=after)
            if not same or same[0].hash != last["hash"]:
                raise BooksOlder(period=last["period"], file=str(path))
        file.writelines(archive.lines(closing_record(closing) for closing in queries.closings(session, after=after)))
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _held(path: Path) -> Iterator[BinaryIO]:
    """The file of kept closings, open for reading and appending, nobody else's until the end."""
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _read_kept(session: Session, file: BinaryIO) -> list[Record]:
    """The closings that the file holds; raises :class:`Wrong`.

    A full disk or a sudden end may leave the beginning of a line. It is cut off if the database can write it again:
    anything else behind the last whole line counts as changed.
    """
    file.seek(0)
    *whole, rest = file.read().split(b"\n")
    lines = [line + b"\n" for line in whole]
    if not rest:
        return read_lines(lines)
    known = read_lines(lines)
    after = known[-1]["sequence"] if known else 0
    following = (closing_record(closing) for closing in queries.closings(session, after=after, upto=after + 1))
    if not any(line.startswith(rest) for line in archive.lines(following)):
        return read_lines([*lines, rest])
    file.truncate(sum(map(len, lines)))
    return known


def write_books(session: Session, folder: Path) -> Path:
    """Write all books as one file that can be verified anywhere, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path, aside = folder / archive.FILE_NAME, folder / f"{archive.FILE_NAME}.part"
    with aside.open("wb") as file:
        file.writelines(archive.lines(own_records(session)))
        file.flush()
        os.fsync(file.fileno())
    return aside.replace(path)


def verify_own_books(session: Session, *, anchors: Iterable[Record] = ()) -> Whole:
    """Verify the database against itself, the closings kept beside it and ``anchors``; raises :class:`Wrong`."""
    ends = queries.ends(session)
    if ends.entry > ends.head_entry:
        raise Wrong(f"entry {ends.head_entry + 1}", "was added behind the head")
    if ends.closing > ends.head_closing:
        raise Wrong(f"closing {ends.head_closing + 1}", "was added behind the head")
    beside: list[Record] = []
    if kept_closings().exists():
        with _held(kept_closings()) as file:
            beside = _read_kept(session, file)
    return verify_records(own_records(session), anchors=[*beside, *anchors])


def own_records(session: Session) -> Iterator[Record]:
    """Every row of the books as others verify it, with our public keys before."""
    return archive.records(session, instance=instance_name(), keys=_public_keys(), now=clock.now())


def _keys() -> KeyStore | None:
    return open_keys() if key_folder().exists() else None


def _signer() -> PrivateKey | None:
    keys = _keys()
    return keys.signer(clock.now()) if keys else None


def _public_keys() -> dict[str, bytes]:
    keys, now = _keys(), clock.now()
    return {record.kid: record.key for record in (*keys.verify_keys(now), *keys.old_verify_keys(now))} if keys else {}
