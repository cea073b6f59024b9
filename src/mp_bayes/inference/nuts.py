"""Sampling: one compilation per model structure, and a gate that a result must pass."""

import hashlib
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from mp_bayes.errors import InputError

if TYPE_CHECKING:
    import pymc as pm

# The samplers and their company are imported where they are used: the Laplace engine, which shares
# seeds and settings, does without.

#: Convergence gate: every reported quantity, or the fit is unusable.
MAX_RHAT = 1.01
MIN_ESS = 400.0
#: A fit that takes longer will not end; the longest that did took a few minutes.
MOST_SECONDS = 1800.0
# Between two looks whether it has ended.
_LOOK = 0.02


@dataclass(frozen=True)
class Sampling:
    """How long to sample.

    Attributes
    ----------
    draws, tune : int
        Per chain.
    chains : int
    target_accept : float
        Higher means smaller steps.
    adaptation : {"low_rank", "diag"}
        Mass matrix. Low rank follows the correlation between common years and shocks; diagonal
        is slower but steadier.
    """

    draws: int = 600
    tune: int = 500
    chains: int = 4
    target_accept: float = 0.95
    adaptation: str = "low_rank"


#: To check the other engine.
STANDARD = Sampling()
#: The same where the shock SD is little informed, and mixes several times more slowly.
PATIENT = Sampling(draws=1500, tune=700, target_accept=0.98)
#: For what is quoted, where the other engine cannot be relied upon: with digits that follow the
#: Monte Carlo standard error (see `mp_bayes.wording.numbers.decimals_for`), another seed changes no
#: last digit by more than one.
HEADLINE = Sampling(draws=12000, tune=2000, target_accept=0.98)
#: For a single fit that is to be quoted: Monte Carlo error of a mean about 0.01 posterior SD.
PRECISE = Sampling(draws=5000, tune=1500)


def attempts(sampling: Sampling) -> list[Sampling]:
    """Return the settings to try in turn, each longer and with smaller steps, until one passes."""
    again = max(0.98, (1 + sampling.target_accept) / 2)
    return [
        sampling,
        replace(sampling, draws=max(1500, sampling.draws), tune=1000, target_accept=again),
        replace(
            sampling,
            draws=max(4000, sampling.draws),
            tune=2500,
            target_accept=0.995,
            adaptation="diag",
        ),
    ]


OnDraws = Callable[[int, int], None]

_compiled: dict[str, Any] = {}


def _structure(model: "pm.Model") -> str:
    """Return a fingerprint of the model's graph and shapes, whatever its data are."""
    import pytensor

    graph = pytensor.dprint(
        [model.rvs_to_values[rv] for rv in model.free_RVs] + model.basic_RVs + model.deterministics,
        file="str",
        print_type=True,
    )
    shapes = [(data.name, data.get_value().shape) for data in model.data_vars]
    observed = [rv.name for rv in model.observed_RVs]
    return hashlib.sha256(repr((graph, shapes, observed)).encode()).hexdigest()


def compile_model(model: "pm.Model") -> Any:
    """Compile a model, or reuse the compilation of one that differs in its data only.

    Evidence, priors, doses and seeds are data; so a run compiles once for each likelihood and
    number of years.
    """
    import nutpie

    key = _structure(model)
    if key not in _compiled:
        with warnings.catch_warnings():
            # Numba says that it cannot keep nutpie's entry points on disk; nothing to be done.
            warnings.simplefilter("ignore")
            _compiled[key] = nutpie.compile_pymc_model(model)
    return _compiled[key].with_data(**{data.name: data.get_value() for data in model.data_vars})


def _reporter(on_draws: OnDraws) -> Callable[[list[Any]], None]:
    def report(chains: list[Any]) -> None:
        on_draws(
            sum(chain.finished_draws for chain in chains),
            sum(chain.total_draws for chain in chains),
        )

    return report


def _finished(sampler: Any) -> bool:
    try:
        return bool(sampler.is_finished)
    except TimeoutError:  # too busy to say
        return False


def _wait(sampler: Any) -> xr.DataTree:
    """Wait for a sampler in the background, for a time; whatever interrupts that ends it."""
    until = time.monotonic() + MOST_SECONDS
    try:
        while not _finished(sampler):
            if time.monotonic() > until:
                raise InputError(
                    f"sampling had not ended after {MOST_SECONDS / 60:.0f} minutes: are the "
                    "priors, or the counts, beyond what can be? The Laplace engine may answer: "
                    "--engine laplace of `fit`, --quick of `run`"
                )
            time.sleep(_LOOK)
        tree: xr.DataTree = sampler.wait()
        return tree
    except RuntimeError as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"the sampler failed ({reason[0]}): are the priors, or the counts, beyond what can be?"
        ) from None
    except BaseException:
        sampler.cancel()
        raise


def sample(
    model: "pm.Model",
    *,
    seed: int,
    sampling: Sampling = STANDARD,
    cores: int | None = None,
    on_draws: OnDraws | None = None,
) -> xr.DataTree:
    """Draw from the posterior with nutpie's No-U-Turn sampler.

    Parameters
    ----------
    model : pymc.Model
        From `mp_bayes.models`.
    seed : int
        Same seed, same numbers, whatever the number of cores.
    sampling : Sampling
    cores : int, optional
        Chains at a time; all cores unless given.
    on_draws : callable, optional
        Called now and then with the draws done and the draws in all, warm-up included.

    Returns
    -------
    xarray.DataTree
        `posterior` (chain, draw, ...), `sample_stats` and `constant_data`; opens with ArviZ.

    Raises
    ------
    InputError
        If the sampler fails, or has not ended after `MOST_SECONDS`.
    """
    import nutpie

    compiled = compile_model(model)
    sampler = nutpie.sample(
        compiled,
        blocking=False,
        draws=sampling.draws,
        tune=sampling.tune,
        chains=sampling.chains,
        cores=min(cores or os.cpu_count() or 1, sampling.chains),
        seed=seed,
        adaptation=sampling.adaptation,
        target_accept=sampling.target_accept,
        save_warmup=False,
        progress_bar=False,
        progress_callback=None if on_draws is None else _reporter(on_draws),
    )
    tree = _wait(sampler)
    # The compilation may be another model's with the same structure: labels are this one's.
    labels = {name: list(values) for name, values in model.coords.items()}
    posterior = tree["posterior"].to_dataset()
    posterior = posterior[[name for name in posterior if not str(name).startswith("z")]]
    # Without the time of day, the same seed gives the same file.
    posterior.attrs = {
        "inference_library": "nutpie",
        "inference_library_version": nutpie.__version__,
    }
    posterior = posterior.assign_coords(
        {name: values for name, values in labels.items() if name in posterior.dims}
    )
    data = {
        variable.name: (
            [f"{variable.name}_dim_{axis}" for axis in range(variable.get_value().ndim)],
            variable.get_value(),
        )
        for variable in model.data_vars
    }
    return xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "sample_stats": tree["sample_stats"]
            .to_dataset()[["diverging", "depth", "energy", "n_steps", "step_size"]]
            .drop_attrs(),
            "constant_data": xr.Dataset(data),
        }
    )


def divergences(tree: xr.DataTree) -> int:
    """Count the divergent transitions after warm-up."""
    return int(tree["sample_stats"]["diverging"].sum())


def passes_gate(effects: Any, tree: xr.DataTree) -> bool:
    """Tell whether every reported quantity converged and no transition diverged.

    Parameters
    ----------
    effects : pandas.DataFrame
        From `mp_bayes.estimands.summaries.summarise`, with columns rhat, ess_bulk and ess_tail.
    tree : xarray.DataTree
        From `sample`.
    """
    import arviz as az

    converged = (
        (effects["rhat"] < MAX_RHAT)
        & (effects["ess_bulk"] > MIN_ESS)
        & (effects["ess_tail"] > MIN_ESS)
    )
    if divergences(tree) or not converged.all():
        return False
    # What trends and prior figures show besides; quantities that the model fixes have no R-hat.
    shown = ["eta", "contrast", "mean_effect", "sd_effect"]
    posterior = tree["posterior"].to_dataset()
    for name in (name for name in shown if name in posterior):
        values = posterior[[name]]
        with np.errstate(invalid="ignore", divide="ignore"):
            rhat = az.rhat(values)[name].to_numpy()
            smallest = np.minimum(
                az.ess(values, method="bulk")[name].to_numpy(),
                az.ess(values, method="tail")[name].to_numpy(),
            )
        free = np.isfinite(rhat)
        if not np.all((rhat < MAX_RHAT) & (smallest > MIN_ESS), where=free):
            return False
    return True


def seed_for(seed: int, *names: str) -> int:
    """Derive the seed of one fit from the run's seed and the fit's name.

    A fit then gives the same numbers whichever fits are run with it, in whatever order.
    """
    digest = hashlib.sha256("/".join(names).encode()).digest()
    return int(np.random.SeedSequence([seed, *digest[:8]]).generate_state(1)[0])
