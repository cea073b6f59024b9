"""Shocks whose boroughs have SDs of their own are those of each borough alone."""

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest

from mp_bayes.models import predictor

RNG = np.random.default_rng(4)
SHAPE = (2, 5)
REST, ESTIMATE = RNG.normal(-1.2, 0.3, (2, *SHAPE))
PRECISION = np.array([[0.0, 3.0, 240.0, 2000.0, 60.0], [150.0, 0.0, 0.0, 900.0, 10.0]])
Z = RNG.normal(size=SHAPE)


def evaluated(sd):
    coords = {"borough": ["A", "B"], "year": list("abcde")}
    with pm.Model(coords=coords) as model:
        predictor.shocks(pt.as_tensor(sd), 0.6, rest=REST, estimate=ESTIMATE, precision=PRECISION)
    outputs = model.replace_rvs_by_values([model.logp(), model["shock"]])
    return model.compile_fn(outputs)({"z_shock": Z})


def test_they_are_those_of_each_borough_alone():
    # Only floating point stands between them.
    (first, second), shocks = zip(*(evaluated(sd) for sd in (0.1, 0.5)), strict=True)
    both, shock = evaluated(np.array([[0.1], [0.5]]))
    np.testing.assert_allclose(shock, [shocks[0][0], shocks[1][1]], rtol=1e-12)
    # The other way round: together the two densities are those of both boroughs at each SD.
    other, _ = evaluated(np.array([[0.5], [0.1]]))
    assert both + other == pytest.approx(first + second, rel=1e-12)
