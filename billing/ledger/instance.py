"""The books of this instance: its keys, what it keeps of them beside the database, and whether they are whole."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from billing.commons.instance import instance_name, key_folder, open_keys
from billing.errors import BooksOlder
from billing.ledger import archive, queries, services
from billing.ledger.chain import Record, closing_record
from billing.ledger.models import LedgerClosing
from billing.ledger.verification import Whole, Wrong, read_records, verify_records
from coopcircuits import clock
from coopcircuits.doors import read_session, settings, transaction
from coopcircuits.federation.keys import KeyStore, PrivateKey

KEPT = "closings.jsonl"


def close_books() -> list[LedgerClosing]:
    """Close what is over, signed if this instance has keys, and keep a copy of each closing beside the database.

    Raises :class:`BooksOlder` where that copy knows closings that the database does not.
    """
    with transaction() as session:
        made = services.close_periods(session, signer=_signer())
    keep_closings(read_session(), kept_closings())
    return made


def kept_closings() -> Path:
    """The file beside the database in which every closing is written once more."""
    return Path(settings().var_dir) / "ledger" / KEPT


def keep_closings(session: Session, path: Path) -> None:
    """Append the closings that the file does not hold yet; whatever stands there stays."""
    known = read_records(path) if path.exists() else []
    last = known[-1] if known else None
    after = last["sequence"] if last else 0
    if last is not None:
        same = queries.closings(session, after=after - 1, upto=after)
        if not same or same[0].hash != last["hash"]:
            raise BooksOlder(period=last["period"], file=str(path))
    new = [closing_record(closing) for closing in queries.closings(session, after=after)]
    if not new:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.writelines(archive.lines(new))
        file.flush()
        os.fsync(file.fileno())


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
    beside = read_records(kept_closings()) if kept_closings().exists() else []
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
