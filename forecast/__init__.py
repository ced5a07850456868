"""Turn the judgements of an issue brief into a living, updated and scored Bayesian forecast."""
