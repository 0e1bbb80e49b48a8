"""The cooperative's books about contributions: double entry, append-only, chained."""
