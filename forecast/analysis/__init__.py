"""What a posterior says: judgements, questions, and what the priors imply."""
