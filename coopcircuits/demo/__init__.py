"""A demonstration instance: its time passes quickly, its chance is always the same."""
