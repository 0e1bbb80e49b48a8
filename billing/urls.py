"""Addresses of this floor."""

from billing.allocation import serving as allocation_serving
from billing.api import views as api
from billing.bank_import import views as bank_import
from billing.budget import views as budget
from billing.collection import hand_views as by_hand
from billing.collection import views as collection
from billing.commons import serving
from billing.commons import trend_views as trends
from billing.commons import views as commons
from billing.cost import cost_views as one_cost
from billing.cost import public_views as transparency
from billing.cost import views as cost
from billing.direct_debit import views as direct_debit
from billing.dispute import serving as dispute_serving
from billing.dispute import views as dispute
from billing.exchange_rate import views as exchange_rate
from billing.export import views as export
from billing.instances import views as instances
from billing.invoice import shop_views as own_invoice
from billing.invoice import views as invoice
from billing.ledger import views as ledger
from billing.notice import serving as notice
from billing.online_payment import views as online_payment
from billing.peer import views as peer
from billing.purchase import views as purchase
from billing.question import views as question
from billing.reminder import views as reminder
from billing.review import statement_views as review
from billing.review import views as queue
from billing.scheme import decision_views as decision
from billing.scheme import views as scheme
from billing.sharing_key import proposal_views as key_proposal
from billing.sharing_key import serving as key_serving
from billing.sharing_key import views as sharing_key
from billing.statement import closing_views as month_closing
from billing.statement import views as statement
from billing.treasury import views as treasury
from coopcircuits.access import COOPERATIVE, PUBLIC
from coopcircuits.api.access import api as token
from coopcircuits.routing import Rule, rule
from shops.permissions import Permission, staff

#: What sister instances read.
FEDERATION = [
    rule("/.well-known/nodeinfo", serving.nodeinfo_links, access=PUBLIC),
    rule("/nodeinfo/2.1", serving.nodeinfo, access=PUBLIC),
    rule("/federation/v1/identity", serving.identity, access=PUBLIC),
    rule("/federation/v1/reports", serving.index, access=PUBLIC),
    rule("/federation/v1/reports/<period>/<int:revision>", serving.envelope, access=PUBLIC),
    rule("/federation/v1/seen", serving.seen, access=PUBLIC),
    rule("/federation/v1/seen/<digest>", serving.seen_report, access=PUBLIC),
    rule("/federation/v1/allocations/<period>", allocation_serving.allocation, access=PUBLIC),
    rule("/federation/v1/sharing-keys", key_serving.keys, access=PUBLIC),
    rule("/federation/v1/sharing-keys/<digest>", allocation_serving.sharing_key, access=PUBLIC),
    rule("/federation/v1/disputes", dispute_serving.disputes, access=PUBLIC),
    rule("/federation/v1/disputes/<digest>", dispute_serving.dispute_document, access=PUBLIC),
    rule(
        "/federation/v1/notices",
        notice.receive,
        access=PUBLIC,
        methods=["POST"],
        limit="30 per minute",
        needs_token=False,
    ),
    rule("/federation/v1/<path:path>", serving.unknown, access=PUBLIC),
]
#: The commons and the sisters, for people.
COMMONS = [
    rule("/commons", commons.public, access=PUBLIC),
    rule("/commons/instances", instances.index, access=PUBLIC, limit="120 per minute"),
    rule("/commons/trend", trends.trend, access=PUBLIC, limit="120 per minute"),
    rule("/commons/trend/<host>", trends.trend_of, access=PUBLIC, limit="120 per minute"),
    rule("/commons/trend.<kind>", trends.trend_file, access=PUBLIC, limit="120 per minute"),
    rule("/commons/<period>", commons.public_month, access=PUBLIC),
    rule("/commons/reports/<digest>", commons.received, access=PUBLIC),
    rule("/cooperative/commons", commons.review, access=COOPERATIVE),
    rule("/cooperative/commons/<period>", commons.review_month, access=COOPERATIVE),
    rule("/cooperative/commons/<period>", commons.publish, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/commons/<period>/rates", exchange_rate.show, access=COOPERATIVE),
    rule("/cooperative/commons/<period>/rates", exchange_rate.enter, access=COOPERATIVE, methods=["POST"]),
    rule(
        "/cooperative/commons/<period>/rates/file",
        exchange_rate.load,
        access=COOPERATIVE,
        methods=["POST"],
        limit="30 per minute",
    ),
    rule("/cooperative/peers", peer.index, access=COOPERATIVE),
    rule("/cooperative/peers", peer.add, access=COOPERATIVE, methods=["POST"], limit="20 per minute"),
    rule("/cooperative/peers/new", peer.look_up, access=COOPERATIVE, methods=["GET", "POST"], limit="20 per minute"),
    rule("/cooperative/peers/<int:peer_id>", peer.show, access=COOPERATIVE),
    rule(
        "/cooperative/peers/<int:peer_id>/pull", peer.pull, access=COOPERATIVE, methods=["POST"], limit="20 per minute"
    ),
    rule("/cooperative/peers/<int:peer_id>/pause", peer.pause, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/peers/<int:peer_id>/resume", peer.resume, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/peers/<int:peer_id>/remove", peer.remove, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/peers/<int:peer_id>/pulls/<int:pull_id>", peer.document, access=COOPERATIVE),
    rule("/cooperative/peers/<int:peer_id>/reports/<digest>/dispute", dispute.new, access=COOPERATIVE),
    rule(
        "/cooperative/peers/<int:peer_id>/reports/<digest>/dispute", dispute.claim, access=COOPERATIVE, methods=["POST"]
    ),
    rule("/cooperative/commons/keys", sharing_key.index, access=COOPERATIVE),
    rule("/cooperative/commons/keys/proposal", key_proposal.proposal, access=COOPERATIVE),
    rule("/cooperative/commons/keys/proposal", key_proposal.propose, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/commons/keys/<digest>", sharing_key.show, access=COOPERATIVE),
    rule("/cooperative/commons/keys/<digest>", sharing_key.adopt, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/peers/disputes", dispute.index, access=COOPERATIVE),
    rule("/cooperative/peers/disputes/<digest>", dispute.show, access=COOPERATIVE),
    rule("/cooperative/peers/disputes/<digest>", dispute.say, access=COOPERATIVE, methods=["POST"]),
]
_STATEMENT = "/cooperative/statements/<shop>/<period>"
#: What the cooperative decides about contributions.
CONTRIBUTIONS = [
    rule("/contribution/how", scheme.how, access=PUBLIC),
    rule("/cooperative", queue.dashboard, access=COOPERATIVE),
    rule("/cooperative/months/<period>/close", queue.confirm_close, access=COOPERATIVE),
    rule("/cooperative/months/<period>/close", month_closing.close, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/months/<period>/closing", month_closing.closing, access=COOPERATIVE),
    rule("/cooperative/months/<period>/closing", month_closing.finish, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/statements", queue.queue, access=COOPERATIVE),
    rule("/cooperative/statements", queue.approve, access=COOPERATIVE, methods=["POST"]),
    rule(_STATEMENT, review.statement, access=COOPERATIVE),
    rule(f"{_STATEMENT}.pdf", review.pdf, access=COOPERATIVE),
    rule(f"{_STATEMENT}/adjust", review.adjust, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_STATEMENT}/waive", review.waive, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_STATEMENT}/approve", review.approve_one, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_STATEMENT}/undo", review.undo, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_STATEMENT}/answer", review.answer, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_STATEMENT}/settle", review.settle, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_STATEMENT}/orders/<reference>", review.order, access=COOPERATIVE),
    rule("/cooperative/schemes", decision.rates, access=COOPERATIVE),
    rule("/cooperative/schemes", decision.set_rates, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/schemes/<shop>", decision.of_shop, access=COOPERATIVE),
    rule("/cooperative/schemes/<shop>", decision.decide, access=COOPERATIVE, methods=["POST"]),
]
_COST = "/cooperative/costs/<int:cost_id>"
#: What running the instance costs.
COSTS = [
    rule("/cooperative/costs", cost.index, access=COOPERATIVE),
    rule("/cooperative/costs", cost.add, access=COOPERATIVE, methods=["POST"]),
    rule(_COST, one_cost.show, access=COOPERATIVE),
    rule(_COST, one_cost.correct, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_COST}/remove", one_cost.remove, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_COST}/receipts", one_cost.attach, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_COST}/receipts/<int:receipt_id>", one_cost.receipt, access=COOPERATIVE),
    rule(f"{_COST}/receipts/<int:receipt_id>/remove", one_cost.detach, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/costs/cash", treasury.index, access=COOPERATIVE),
    rule("/cooperative/costs/cash", treasury.note, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/costs/cash/<period>", treasury.show, access=COOPERATIVE),
    rule("/cooperative/costs/cash/<period>", treasury.correct, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/costs/budget/<int:year>", budget.show, access=COOPERATIVE),
    rule("/cooperative/costs/budget/<int:year>", budget.decide, access=COOPERATIVE, methods=["POST"]),
]
_EXPORT = "/cooperative/exports"
#: Files of what the cooperative looks at.
EXPORTS = [
    rule(_EXPORT, export.index, access=COOPERATIVE),
    rule(f"{_EXPORT}/statements-<period>.<kind>", export.statements, access=COOPERATIVE),
    rule(f"{_EXPORT}/contributions-<int:year>.<kind>", export.contributions, access=COOPERATIVE),
    rule(f"{_EXPORT}/self-financing-<int:year>.<kind>", export.coverage, access=COOPERATIVE),
    rule(f"{_EXPORT}/costs-<int:year>.<kind>", export.costs, access=COOPERATIVE),
    rule(f"{_EXPORT}/budget-<int:year>.<kind>", export.budget, access=COOPERATIVE),
]
#: What anybody may see of the money.
TRANSPARENCY = [
    rule("/contribution", transparency.transparency, access=PUBLIC),
    rule("/contribution/months.<kind>", transparency.months_file, access=PUBLIC),
    rule("/contribution/costs.<kind>", transparency.costs_file, access=PUBLIC),
]
_RECEIPTS = "/cooperative/receipts"
_BANK_LINE = f"{_RECEIPTS}/lines/<int:line_id>"
_DEBITS = f"{_RECEIPTS}/debits"
#: What shops paid, and how it is collected.
RECEIPTS = [
    rule(_RECEIPTS, collection.index, access=COOPERATIVE),
    rule(f"{_RECEIPTS}/new", by_hand.new, access=COOPERATIVE),
    rule(f"{_RECEIPTS}/new", by_hand.record, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_RECEIPTS}/<int:receipt_id>", collection.show, access=COOPERATIVE),
    rule(f"{_RECEIPTS}/<int:receipt_id>/return", collection.give_back, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_RECEIPTS}/<int:receipt_id>/move", collection.move, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_RECEIPTS}/import", bank_import.new, access=COOPERATIVE),
    rule(f"{_RECEIPTS}/import", bank_import.upload, access=COOPERATIVE, methods=["POST"], limit="30 per minute"),
    rule(f"{_RECEIPTS}/import/<int:file_id>", bank_import.preview, access=COOPERATIVE),
    rule(f"{_RECEIPTS}/import/<int:file_id>", bank_import.confirm, access=COOPERATIVE, methods=["POST"]),
    rule(_BANK_LINE, bank_import.line, access=COOPERATIVE),
    rule(_BANK_LINE, bank_import.place, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_BANK_LINE}/set-aside", bank_import.set_aside, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_BANK_LINE}/take-up", bank_import.take_up, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_RECEIPTS}/strays/<int:stray_id>/handle", online_payment.handle, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_RECEIPTS}/reminders", reminder.terms, access=COOPERATIVE),
    rule(f"{_RECEIPTS}/reminders", reminder.decide, access=COOPERATIVE, methods=["POST"]),
    rule(_DEBITS, direct_debit.index, access=COOPERATIVE),
    rule(_DEBITS, direct_debit.prepare, access=COOPERATIVE, methods=["POST"]),
    rule(f"{_DEBITS}/<reference>", direct_debit.show, access=COOPERATIVE),
    rule(f"{_DEBITS}/<reference>.xml", direct_debit.download, access=COOPERATIVE),
    rule(f"{_DEBITS}/<reference>/<int:line_id>/refuse", direct_debit.refuse, access=COOPERATIVE, methods=["POST"]),
]
#: What the cooperative asks of its shops on paper.
INVOICES = [
    rule("/cooperative/invoices", invoice.index, access=COOPERATIVE),
    rule("/cooperative/invoices", invoice.issue, access=COOPERATIVE, methods=["POST"]),
    rule("/cooperative/invoices/<number>", invoice.show, access=COOPERATIVE),
    rule("/cooperative/invoices/<number>.pdf", invoice.pdf, access=COOPERATIVE),
    rule("/cooperative/invoices/<number>/credit", invoice.credit, access=COOPERATIVE, methods=["POST"]),
]
_LEDGER = "/cooperative/ledger"
#: The books.
BOOKS = [
    rule(_LEDGER, ledger.journal, access=COOPERATIVE),
    rule(f"{_LEDGER}/journal-<int:year>.<kind>", ledger.journal_file, access=COOPERATIVE),
    rule(f"{_LEDGER}/fec-<int:year>.txt", ledger.fec_file, access=COOPERATIVE),
    rule(f"{_LEDGER}/books.jsonl", ledger.books_file, access=COOPERATIVE),
    rule(f"{_LEDGER}/closings", ledger.closings, access=COOPERATIVE),
    rule(f"{_LEDGER}/shops", ledger.shops, access=COOPERATIVE),
    rule(f"{_LEDGER}/shops/<shop>", ledger.shop_account, access=COOPERATIVE),
    rule(f"{_LEDGER}/shops/<shop>.<kind>", ledger.shop_account_file, access=COOPERATIVE),
]
_CONTRIBUTION = "/manage/<shop>/contribution"
_PAYMENTS = f"{_CONTRIBUTION}/payments"
#: How a shop pays.
PAYMENTS = [
    rule(_PAYMENTS, collection.of_shop, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(
        f"{_CONTRIBUTION}/invoices/<number>/pay",
        online_payment.pay,
        access=staff(Permission.EDIT_ACCOUNTS),
        methods=["POST"],
        limit="30 per 10 minutes",
    ),
    rule(f"{_CONTRIBUTION}/invoices/<number>/paid", online_payment.paid, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(f"{_PAYMENTS}/mandate", direct_debit.sign, access=staff(Permission.EDIT_ACCOUNTS), methods=["POST"]),
    rule(f"{_PAYMENTS}/mandate/end", direct_debit.revoke, access=staff(Permission.EDIT_ACCOUNTS), methods=["POST"]),
]
#: A shop's own contribution.
SHOP = [
    rule(_CONTRIBUTION, scheme.contribution, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(_CONTRIBUTION, scheme.choose, access=staff(Permission.EDIT_ACCOUNTS), methods=["POST"]),
    rule(f"{_CONTRIBUTION}/invoices", own_invoice.own, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(f"{_CONTRIBUTION}/invoices/<number>", own_invoice.show_own, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(f"{_CONTRIBUTION}/invoices/<number>.pdf", own_invoice.pdf_own, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(f"{_CONTRIBUTION}/purchases", purchase.index, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(f"{_CONTRIBUTION}/purchases", purchase.declare, access=staff(Permission.EDIT_ACCOUNTS), methods=["POST"]),
    rule(f"{_CONTRIBUTION}/account", ledger.own_account, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(f"{_CONTRIBUTION}/account.<kind>", ledger.own_account_file, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(f"{_CONTRIBUTION}/<period>", statement.show, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(f"{_CONTRIBUTION}/<period>.pdf", statement.pdf, access=staff(Permission.VIEW_ACCOUNTS)),
    rule(
        f"{_CONTRIBUTION}/<period>/question",
        question.ask,
        access=staff(Permission.EDIT_ACCOUNTS),
        methods=["POST"],
        limit="20 per minute",
    ),
]
_API = "/api/v1"
#: What other programs read, each with a token of somebody.
PROGRAMS = [
    rule(f"{_API}/statements", api.statements, access=token("statements:read")),
    rule(f"{_API}/statements/<shop>/<period>", api.statement, access=token("statements:read")),
    rule(f"{_API}/invoices", api.invoices, access=token("invoices:read")),
    rule(f"{_API}/invoices/<number>", api.invoice, access=token("invoices:read")),
    rule(f"{_API}/invoices/<number>.pdf", api.invoice_pdf, access=token("invoices:read")),
    rule(f"{_API}/contributions", api.contributions, access=token("contributions:read", cooperative=True)),
]

RULES: list[Rule] = [
    *FEDERATION,
    *COMMONS,
    *CONTRIBUTIONS,
    *COSTS,
    *EXPORTS,
    *TRANSPARENCY,
    *INVOICES,
    *RECEIPTS,
    *BOOKS,
    *PAYMENTS,
    *SHOP,
    *PROGRAMS,
]
