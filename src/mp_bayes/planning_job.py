"""The job behind `mp-bayes plan`: run the trials, and write tables, figures and a page."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.priors import Priors, load_priors
from mp_bayes.simulate import planning, protocol, scenario
from mp_bayes.simulate.design import (
    STRUCTURE,
    Design,
    checking_trials,
    label,
    main_trials,
    nulls,
    side_trials,
)
from mp_bayes.simulate.performance import performance
from mp_bayes.simulate.runner import run
from mp_bayes.storage import packaged_inputs, whole_results, write_manifest
from mp_bayes.study import OUTCOMES

OnProgress = Callable[[str, float, float], None]
#: Replicates that NUTS fits again in every plan.
REFITTED = 3
# The second round of trials is known only after the first; its share of the work is a guess.
_FIRST_SHARE = 0.8


def plan_job(
    out: Path,
    design: Design,
    *,
    seed: int,
    prior_file: Path | None,
    workers: int | None,
    dask: str | None,
    command: str,
    on_progress: OnProgress,
) -> dict[str, Any]:
    """Run a planning study and write its folder.

    Finished trials are kept in `replicates/` as they finish; the rest is written at the end.

    Returns
    -------
    dict
        `tables` by name, and `facts` for people.

    Raises
    ------
    InputError
        If an input, the cluster or the folder is wrong.
    """
    priors = load_priors(prior_file)
    tables = study(
        design,
        priors,
        folder=out / "replicates",
        seed=seed,
        workers=workers,
        dask=dask,
        on_progress=on_progress,
    )
    facts = describe(design, tables, seed=seed, command=command)
    on_progress("Drawing and writing", 1.0, 1.0)
    with whole_results(out) as staging:
        from mp_bayes.figures import save
        from mp_bayes.figures.planning import planning_charts
        from mp_bayes.report.plan_page import build_plan_page

        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        drawn = list(planning_charts(tables, facts))
        for chart in drawn:
            save(chart, staging / "figures")
        (staging / "protocol.txt").write_text(facts["paragraph"] + "\n", encoding="utf-8")
        (staging / "scenario.toml").write_text(scenario.text(design.base), encoding="utf-8")
        page = build_plan_page(tables, drawn, facts)
        (staging / "plan.html").write_text(page, encoding="utf-8")
        inputs = [*packaged_inputs(), *([prior_file] if prior_file else [])]
        write_manifest(staging, inputs=inputs, command=command, seed=seed)
    return {"tables": tables, "facts": facts}


def study(
    design: Design,
    priors: Priors,
    *,
    folder: Path,
    seed: int,
    workers: int | None = None,
    dask: str | None = None,
    refitted: int = REFITTED,
    on_progress: OnProgress = lambda _text, _done, _total: None,
) -> dict[str, pd.DataFrame]:
    """Run a planning study and return its tables by name.

    `refitted` replicates are fitted again with NUTS; with 0 there is no table `agreement`.
    """
    how: dict[str, Any] = {"seed": seed, "folder": folder, "workers": workers, "dask": dask}

    def first(done: float, total: float) -> None:
        on_progress("Simulating", _FIRST_SHARE * done / total, 1.0)

    def second(done: float, total: float) -> None:
        on_progress("Checking", _FIRST_SHARE + (0.95 - _FIRST_SHARE) * done / total, 1.0)

    rows = run([*main_trials(design), *side_trials(design)], priors, on_progress=first, **how)
    assurance = planning.assurance_table(rows, design)
    needed = planning.years_needed(assurance, design)
    guesses = planning.guess_effects(rows, design)
    checks = run(checking_trials(design, needed, guesses), priors, on_progress=second, **how)
    both = pd.concat([rows, checks], ignore_index=True)
    tables = {
        "years_needed": needed,
        "assurance": assurance,
        "prior_cost": planning.prior_cost(rows, design),
        "mdes": planning.smallest_effects(both, design),
        "false_claims": planning.false_claims(checks, design),
        "false_claims_by_shock": planning.false_claims_by_shock(rows, design),
        "bias_by_lag": planning.bias_by_lag(rows, design),
        "performance": performance(both, nulls=nulls(design), side=design.side),
    }
    if refitted:
        on_progress("Fitting a sample with NUTS", 0.95, 1.0)
        tables["agreement"] = refit(design, priors, seed=seed, count=refitted)
    return tables


def small_plan(
    priors: Priors, *, seed: int, command: str, on_progress: OnProgress
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Run the small planning study of the main job; return its tables and facts.

    For the first outcome at the report's own sizes, and an effect six times the smallest of
    interest; `mp-bayes plan` answers for other designs, with more replicates.
    """
    outcome = next(iter(OUTCOMES.values()))
    design = Design(
        base=scenario.from_report(outcome.name, post_years=6, effect=-6.0 * outcome.minimum),
        comparison_boroughs=(1, 5),
        half_lives=(0.0, 1.0),
        shock="national",
        target=0.8,
        replicates=100,
    )
    with TemporaryDirectory() as folder:
        tables = study(
            design, priors, folder=Path(folder), seed=seed, refitted=0, on_progress=on_progress
        )
    return tables, describe(design, tables, seed=seed, command=command)


def refit(design: Design, priors: Priors, *, seed: int, count: int) -> pd.DataFrame:
    """Fit a random sample of the replicates with NUTS, and set both answers side by side.

    All of one number of boroughs and years, since each shape is compiled on its own.
    """
    # The samplers are slow to import; a design that is refused should not wait for them.
    from mp_bayes.fast import effects_of, structure
    from mp_bayes.fit import Sampling, seed_for
    from mp_bayes.simulate.agreement import differences, sampled_effects
    from mp_bayes.simulate.draw import synthesise

    rng = np.random.default_rng(seed)
    boroughs = min(design.comparison_boroughs)
    after = int(rng.choice(design.milestones[:2]))
    parts = []
    for number in rng.choice(design.replicates, size=count, replace=False):
        half_life = float(rng.choice(design.half_lives))
        drawn = synthesise(design.scenario(boroughs, half_life), seed=seed, replicates=[number])
        drawn = drawn.first(after)
        chosen = design.method.priors(priors, drawn)
        fast = effects_of(drawn.dataset(0), structure(drawn.outcome, chosen, effect=STRUCTURE))
        sampled = sampled_effects(
            drawn.dataset(0),
            chosen,
            effect=STRUCTURE,
            seed=seed_for(seed, "refit", str(number)),
            sampling=Sampling(draws=2000, tune=800),
        )
        parts.append(
            differences(fast, sampled).assign(
                trial=label(boroughs, half_life), post_years=after, replicate=number
            )
        )
    return pd.concat(parts, ignore_index=True)


def describe(
    design: Design, tables: dict[str, pd.DataFrame], *, seed: int, command: str
) -> dict[str, Any]:
    """Gather what the page says besides its tables."""
    base = design.base
    last = tables["assurance"]["post_years"].eq(base.post_years)
    word = "assurance" if base.effect_sd else "power"
    warnings = []
    failed = tables["performance"]["failed"].max()
    if failed > 0:
        warnings.append(f"Up to {100 * failed:.1f}% of the fits of one kind failed; see the table.")
    return {
        "outcome": base.outcome,
        "unit": protocol.unit_words(base),
        "effect": protocol.effect_words(base),
        "effect_sd": base.effect_sd,
        "baseline": protocol.baseline_words(base),
        "shock": design.shock,
        "analysis_prior": protocol.prior_words(design),
        "rule": protocol.rule_words(tables["assurance"][last], word=word),
        "max_post_years": base.post_years,
        "sd_shock": base.sd_shock,
        "rho": base.rho,
        "pre_years": base.pre_years,
        "target": design.target,
        "replicates": design.replicates,
        "seed": seed,
        "command": command,
        "version": version("mp-bayes"),
        "paragraph": protocol.paragraph(
            design, tables["assurance"], tables["years_needed"], tables["false_claims"]
        ),
        "assumptions": protocol.assumptions(design),
        "warnings": warnings,
        "side": protocol.side_words(design),
    }
