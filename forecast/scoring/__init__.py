"""How good forecasts were: proper scoring rules, calibration, and comparison with baselines."""
