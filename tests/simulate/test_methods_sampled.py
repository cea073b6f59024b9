"""What the fast posterior does not cover is sampled."""

from dataclasses import replace

import numpy as np

from mp_bayes.distributions import StudentT
from mp_bayes.priors import Priors, load_priors
from mp_bayes.simulate.draw import synthesise
from mp_bayes.simulate.methods import COLUMNS, Method, answers
from mp_bayes.simulate.scenario import Scenario


def draw(scenario, numbers=(0, 1, 2)):
    return synthesise(scenario, seed=12, replicates=numbers)


def one_of(replicates, place):
    """Return one of the replicates alone."""
    arrays = {
        name: getattr(replicates, name)[..., [place]]
        for name in ("events", "total", "eta", "effect")
    }
    return replace(
        replicates,
        numbers=[replicates.numbers[place]],
        full_effect=replicates.full_effect[[place]],
        **arrays,
    )


def test_a_data_set_with_hardly_any_events_is_sampled():
    replicates = draw(Scenario(baseline=0.05, cell_size=200, comparison_boroughs=1), (4, 8))
    replicates.events[...] = np.maximum(replicates.events, 5)
    replicates.events[0, 3, 1] = 1
    method = Method("national", "constant")
    rows = answers(method, replicates, load_priors(), seed=1)
    engines = rows.groupby("replicate")["engine"].unique().str.join("")
    assert engines.to_dict() == {4: "laplace", 8: "nuts"}
    assert list(rows) == COLUMNS
    assert rows["usable"].all()
    assert len(rows[rows["replicate"].eq(4)]) == len(rows[rows["replicate"].eq(8)])
    # By its own seed: alone it is the same.
    only = answers(method, one_of(replicates, 1), load_priors(), seed=1)
    np.testing.assert_array_equal(only["mean"], rows.loc[rows["replicate"].eq(8), "mean"])


def test_a_prior_that_the_fast_posterior_does_not_cover_is_sampled():
    wide = StudentT(distribution="StudentT", nu=4.0, mu=0.0, sigma=0.3)
    base = load_priors()
    priors = Priors(({("default", "", "mean_effect"): wide}, *base.layers))
    rows = answers(Method("none", "constant"), draw(Scenario(), [0]), priors, seed=1)
    assert set(rows["engine"]) == {"nuts"}
    assert rows["usable"].all()
