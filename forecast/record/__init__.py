"""The record: reports, coverage, sources and outcomes, with the commands that keep them."""
