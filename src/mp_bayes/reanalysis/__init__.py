"""The re-analysis: which analyses there are, each of them, and what is set beside them."""
