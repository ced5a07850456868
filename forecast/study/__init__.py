"""Study the forecast issued last: ask, explain, what if, watch, sensitivity, elicit."""
