"""Statements, invoices and contributions for other programs."""
