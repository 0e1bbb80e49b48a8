"""Names of the figures of a report that may have to be hidden, as dotted paths in its payload."""

SCHEMES = ("percent", "voluntary", "exempt")
CONTRIBUTIONS = ("percent", "voluntary", "other")
MEASURES = ("invoiced", "credited", "collected", "overdue")
SALES_PARTS = ("gross", "refunds", "tax", "deposits")
SALES_CELLS = tuple(f"turnover.{part}" for part in SALES_PARTS)
NET = "turnover.net_ex_tax"
SCHEME_CELLS = tuple(f"turnover.by_scheme.{scheme}" for scheme in SCHEMES)
CONTRIBUTION_CELLS = tuple(f"contributions.{kind}.{measure}" for kind in CONTRIBUTIONS for measure in MEASURES)
INCOME = "income_12m"
#: Totals that are replaced by a band where they must be hidden.
BANDED_CELLS = (NET, INCOME)
SUPPRESSIBLE = (*SALES_CELLS, NET, *SCHEME_CELLS, *CONTRIBUTION_CELLS, INCOME)
