"""Keep an uploaded catalogue, say what it would do, and do it all or not at all."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.references import plain
from shops.catalogue_import import queries
from shops.catalogue_import.models import CatalogueImport
from shops.catalogue_import.parser import Parsed, Problem, ProductRow, parse
from shops.catalogue_import.plan import Plan, plan, usual_tax
from shops.catalogue_import.reading import MOST_BYTES, UnreadableFile
from shops.enterprise.queries import by_id
from shops.events import CatalogueImported
from shops.product.drawings import guess_drawing
from shops.product.models import Category, Product, Variant
from shops.product.services import VariantSpec, new_variant
from shops.stock import services as stock
from shops.stock.models import MoveReason, Stock, StockMove
from shops.stock.queries import Level
from shops.stock.queries import levels as stock_levels
from shops.supply_link.queries import catalogues_edited_by

#: How long an upload waits for its confirmation.
LIFETIME = timedelta(hours=24)
_BATCH = 500

#: Told after each batch how many lines are written; for commands that show a bar.
Progress = Callable[[int], None]


class ImportExpired(DomainError):
    """The upload waited for too long."""

    code = "import-expired"
    status = 410
    message = N_("This file waited for too long, or another took its place. Nothing was saved: please send it again.")


class BadLines(InvalidInput):
    """Some lines cannot be used, so none was."""

    code = "bad-lines"
    message = N_("Some lines need another look. Nothing was saved.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(field="file")
        self.problems = list(problems)


def keep_upload(
    session: Session, *, actor: Actor, enterprise_id: int, file_name: str, content: bytes
) -> CatalogueImport:
    """Keep a file until it is confirmed, in place of any that was not. Raises :class:`UnreadableFile`."""
    if len(content) > MOST_BYTES:
        raise UnreadableFile(N_("This file is larger than 10 MB. Please cut it in two."))
    _understand(session, enterprise_id, content)
    session.execute(
        delete(CatalogueImport).where(
            CatalogueImport.enterprise_id == enterprise_id, CatalogueImport.confirmed_at.is_(None)
        )
    )
    now = clock.now()
    upload = CatalogueImport(
        enterprise_id=enterprise_id,
        file_name="".join(c for c in file_name if c.isprintable())[-200:],
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        uploaded_by=actor.label,
        uploaded_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(upload)
    session.flush()
    return upload


def preview(session: Session, *, enterprise_id: int, content: bytes) -> tuple[Parsed, Plan]:
    """What the file says and what it would do; every problem is in the plan. Changes nothing."""
    parsed = _understand(session, enterprise_id, content)
    return parsed, _planned(session, parsed, enterprise_id, lock=False)


def confirm(session: Session, *, actor: Actor, enterprise_id: int, import_id: int, digest: str) -> CatalogueImport:
    """Write the kept file whose SHA-256 the person saw; a second confirmation finds the work done.

    Raises :class:`BadLines`, or :class:`ImportExpired` when another file has taken its place.
    """
    upload = queries.lock_import(session, enterprise_id=enterprise_id, import_id=import_id)
    if upload.digest != digest:
        raise ImportExpired
    if upload.confirmed_at is not None:
        return upload
    if upload.expires_at <= clock.now():
        raise ImportExpired
    made = write(session, actor=actor, enterprise_id=enterprise_id, content=upload.content)
    upload.created, upload.updated, upload.unchanged = made.created, made.updated, made.unchanged
    upload.confirmed_at, upload.content = clock.now(), b""
    return upload


def write(session: Session, *, actor: Actor, enterprise_id: int, content: bytes, tell: Progress | None = None) -> Plan:
    """Bring the catalogue to what the file says, all or nothing. Raises :class:`BadLines` or ``UnreadableFile``."""
    parsed = _understand(session, enterprise_id, content)
    made = _planned(session, parsed, enterprise_id, lock=True)
    if made.problems:
        raise BadLines(made.problems)
    _write_changed(session, made, actor)
    new = [*_write_new_variants(session, made), *_write_new_products(session, made, tell)]
    _write_first_stock(session, new, actor)
    session.flush()
    for producer_id in sorted({row.producer_id for row in parsed.rows}):
        record(session, _fact(made, producer_id), actor=actor)
    return made


def forget_expired(session: Session) -> int:
    """Drop the uploads whose time is over; returns how many."""
    rows = queries.expired(session, clock.now())
    for row in rows:
        session.delete(row)
    return len(rows)


def _understand(session: Session, enterprise_id: int, content: bytes) -> Parsed:
    home = by_id(session, enterprise_id)
    producers: dict[str, int] = {}
    for producer in (*catalogues_edited_by(session, enterprise_id), home):
        producers |= {plain(producer.name): producer.id, producer.permalink: producer.id}
    return parse(content, home_id=enterprise_id, producers=producers, currency=home.currency)


def _planned(session: Session, parsed: Parsed, enterprise_id: int, *, lock: bool) -> Plan:
    producer_ids = {row.producer_id for row in parsed.rows} | {enterprise_id}
    known = queries.variants_of(session, producer_ids=producer_ids, lock=lock)
    levels: dict[int, Level] = {}
    for part in _parts([variant.id for variant in known]):
        levels |= stock_levels(session, part)
    made = plan(parsed.rows, known, levels)
    made.problems = sorted([*parsed.problems, *made.problems], key=lambda problem: problem.line)
    return made


def _parts(items: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _write_changed(session: Session, made: Plan, actor: Actor) -> None:
    for variant, row in made.changed:
        product = variant.product
        if product.category is not row.category:
            product.is_alcohol = row.category is Category.ALCOHOL
        product.name, product.name_key, product.category = row.name, plain(row.name)[:120], row.category
        if row.description is not None and row.line in made.leaders:
            product.description = row.description
        variant.name, variant.price = row.display_name, row.price
        variant.unit_kind, variant.unit_value, variant.unit_name = row.unit_kind, row.unit_value, row.unit_name
        variant.sku = row.sku or variant.sku
        variant.tax_category = row.tax_category or variant.tax_category
    session.flush()
    wanted = {variant.id: (row.on_hand, row.on_demand) for variant, row in made.changed}
    stock.set_levels(session, wanted=wanted, reason=MoveReason.IMPORTED, actor=actor)


def _write_new_variants(session: Session, made: Plan) -> list[tuple[Variant, ProductRow]]:
    written = []
    for number, (product, row) in enumerate(made.new_variants):
        variant = new_variant(_spec(row), position=1000 + number)
        variant.product_id = product.id
        session.add(variant)
        written.append((variant, row))
    session.flush()
    return written


def _write_new_products(session: Session, made: Plan, tell: Progress | None) -> Iterator[tuple[Variant, ProductRow]]:
    now = clock.now()
    for number, rows in enumerate(made.new_products, start=1):
        first = rows[0]
        product = Product(
            producer_id=first.producer_id,
            name=first.name,
            name_key=plain(first.name)[:120],
            description=first.description or "",
            category=first.category,
            drawing=guess_drawing(first.name, first.category),
            labels=[],
            is_alcohol=first.category is Category.ALCOHOL,
            created_at=now,
        )
        product.variants = [new_variant(_spec(row), position) for position, row in enumerate(rows)]
        session.add(product)
        yield from zip(product.variants, rows, strict=True)
        if number % _BATCH == 0:
            session.flush()
            if tell:
                tell(number)
    session.flush()


def _write_first_stock(session: Session, new: Sequence[tuple[Variant, ProductRow]], actor: Actor) -> None:
    now = clock.now()
    for start in range(0, len(new), _BATCH):
        part = [(variant.id, row.on_hand or 0, bool(row.on_demand)) for variant, row in new[start : start + _BATCH]]
        session.execute(
            insert(Stock),
            [{"variant_id": key, "on_hand": on_hand, "on_demand": on_demand} for key, on_hand, on_demand in part],
        )
        moves = [
            {
                "variant_id": key,
                "delta": on_hand,
                "on_hand_after": on_hand,
                "reason": MoveReason.IMPORTED,
                "order_id": None,
                "actor": actor.label,
                "at": now,
            }
            for key, on_hand, _on_demand in part
            if on_hand
        ]
        if moves:
            session.execute(insert(StockMove), moves)


def _spec(row: ProductRow) -> VariantSpec:
    return VariantSpec(
        name=row.display_name,
        sku=row.sku,
        unit_kind=row.unit_kind,
        unit_value=row.unit_value,
        unit_name=row.unit_name,
        price=row.price,
        tax_category=usual_tax(row),
        on_hand=row.on_hand or 0,
        on_demand=bool(row.on_demand),
    )


def _fact(made: Plan, producer_id: int) -> CatalogueImported:
    new = [row for rows in made.new_products for row in rows] + [row for _, row in made.new_variants]
    return CatalogueImported(
        producer_id=producer_id,
        created=sum(row.producer_id == producer_id for row in new),
        updated=sum(row.producer_id == producer_id for _, row in made.changed),
    )
