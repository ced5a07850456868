"""A project on disk: its files, its settings, and what was worked out for it."""
