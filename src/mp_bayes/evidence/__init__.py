"""What was observed: a study's counts and coefficients as arrays; official statistics."""
