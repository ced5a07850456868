"""Judge forecasts: score, backtest, validate, half-life, with their commands."""
