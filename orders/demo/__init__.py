"""Four months of sales in the invented territory: when shops sell, who buys what, what becomes of it."""
