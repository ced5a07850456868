"""Validation: whether the engine finds again what is known because it was simulated."""
