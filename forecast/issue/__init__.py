"""Issue a forecast: check, fit, run, update, alert, with their commands."""
