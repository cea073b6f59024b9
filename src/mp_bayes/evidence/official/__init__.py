"""Official statistics of every authority: which files, and reading them."""
