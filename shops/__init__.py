"""Who sells what, to whom, how."""
