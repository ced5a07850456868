"""The verbs of live briefs: begin one, fill one, renew one, check one, and ask where it is from."""
