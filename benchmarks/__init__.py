"""Speed beside its limit: each figure next to what the same machine gives at best, measured in the same run."""
