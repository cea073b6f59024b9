"""From a model to its posterior: the sampler, the Laplace engine, and how far they agree."""
