"""The job behind `mp-bayes plan`: run the trials, and write tables, figures and a page."""

from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mp_bayes.commands.kept_study import keep_study
from mp_bayes.planning import answers, protocol
from mp_bayes.planning.check import refitting
from mp_bayes.planning.design import (
    Design,
    checking_trials,
    contrasting_trials,
    main_trials,
    nulls,
    side_trials,
)
from mp_bayes.planning.replay import replay
from mp_bayes.planning.saved import scenario_text
from mp_bayes.priors import Priors, load_priors
from mp_bayes.priors import inputs as inputs_of
from mp_bayes.simulate import scenario
from mp_bayes.simulate.methods import MOST_SAMPLED
from mp_bayes.simulate.performance import performance
from mp_bayes.simulate.runner import CHUNK, run, work
from mp_bayes.storage import whole_results, write_manifest
from mp_bayes.studies.study import Study

OnProgress = Callable[[str, float, float], None]
Tables = dict[str, pd.DataFrame]
#: Replicates that NUTS fits again in a plan, at most: fewer of large designs.
REFITTED = 3
# What is left once all is simulated: the tables, and what the check with NUTS still needs.
_SIMULATED = 0.95


def plan_job(
    out: Path,
    study: Study,
    design: Design,
    *,
    seed: int,
    prior_file: Path | None,
    scenario_file: Path | None,
    workers: int | None,
    dask: str | None,
    command: str,
    force: bool,
    on_progress: OnProgress,
    on_answer: Callable[[Tables, dict[str, Any]], None] = lambda _tables, _facts: None,
) -> dict[str, Any]:
    """Run a planning study and write its folder.

    Finished trials are kept in `replicates/` as they finish; the rest is written at the end.
    `on_answer` is called with the tables `assurance` and `years_needed`, and what was assumed, as
    soon as they are known: long before the rest.

    Returns
    -------
    dict
        `tables` by name, and `facts` for people.

    Raises
    ------
    InputError
        If an input, the cluster or the folder is wrong.
    """
    priors = load_priors(study, prior_file)
    base = design.base
    effect = protocol.effect_words(base)
    holds = f"a plan of {base.outcome.name}, {effect}, of {study.known_as}"
    with whole_results(out, holds, force=force) as staging:
        tables = simulated(
            design,
            priors,
            folder=out / "replicates",
            seed=seed,
            workers=workers,
            dask=dask,
            on_progress=on_progress,
            on_answer=lambda known: on_answer(
                known, assumed(study, design, priors, seed=seed, command=command)
            ),
        )
        facts = describe(study, design, tables, priors, seed=seed, command=command)
        on_progress("Drawing and writing", 1.0, 1.0)
        from mp_bayes.figures import save
        from mp_bayes.figures.chart import also_narrow
        from mp_bayes.figures.facts import FACTS, write_facts
        from mp_bayes.figures.planning import planning_charts
        from mp_bayes.report import write_tables
        from mp_bayes.report.plan_page import build_plan_page

        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        # `mp-bayes figures` draws with these, and with the study.
        write_facts(staging / FACTS, facts)
        keep_study(study, staging)
        drawn = also_narrow(lambda: planning_charts(tables, facts))
        for chart in drawn:
            save(chart, staging / "figures")
        (staging / "protocol.txt").write_text(facts["paragraph"] + "\n", encoding="utf-8")
        (staging / "scenario.toml").write_text(scenario_text(design, study), encoding="utf-8")
        page = build_plan_page(tables, drawn, facts)
        (staging / "plan.html").write_text(page, encoding="utf-8")
        source = f"simulations, by the assumptions listed, and {study.source}"
        write_tables(staging, page, source=source, command=command)
        (staging / "priors.toml").write_text(priors.text(study.outcomes.values()), encoding="utf-8")
        inputs = [*inputs_of(study), *(file for file in (prior_file, scenario_file) if file)]
        write_manifest(staging, inputs=inputs, command=command, study=study.name, seed=seed)
    return {"tables": tables, "facts": facts}


def simulated(
    design: Design,
    priors: Priors,
    *,
    folder: Path,
    seed: int,
    workers: int | None = None,
    dask: str | None = None,
    refitted: int = REFITTED,
    on_progress: OnProgress = lambda _text, _done, _total: None,
    on_answer: Callable[[Tables], None] = lambda _tables: None,
) -> Tables:
    """Run a planning study and return its tables by name.

    The trials that the answer needs run first, and `on_answer` gets its tables; then those that
    stand beside it, while up to `refitted` replicates are fitted again with NUTS; with 0 there is
    no table `agreement`.
    """
    how: dict[str, Any] = {"seed": seed, "folder": folder, "workers": workers, "dask": dask}
    main = main_trials(design)
    beside = [*contrasting_trials(design), *side_trials(design)]
    # What is checked is known after the answer; how much work it is, before.
    total = work([*main, *beside, *checking_trials(design)]) / _SIMULATED
    begun = work(main)

    def first(done: float, _all: float) -> None:
        on_progress("Simulating", done, total)

    def second(done: float, every: float) -> None:
        left = total * _SIMULATED - begun
        on_progress("Comparing and checking", begun + left * done / every, total)

    with ExitStack() as stack:
        own = run(main, priors, on_progress=first, **how)
        assurance = answers.assurance_table(own, design)
        needed = answers.years_needed(assurance, design)
        on_answer({"assurance": assurance, "years_needed": needed})
        # Not sooner: the compiler and the sampler would take a core from the answer.
        refits = None
        if refitted:
            refits = stack.enter_context(refitting(design, priors, seed=seed, count=refitted))
        checking = checking_trials(design, needed, answers.guess_effects(own, design))
        others = run([*beside, *checking], priors, on_progress=second, **how)
        checked = others["trial"].isin([trial.name for trial in checking])
        rows = pd.concat([own, others[~checked]], ignore_index=True)
        checks = others[checked]
        both = pd.concat([rows, checks], ignore_index=True)
        tables = {
            "years_needed": needed,
            "assurance": assurance,
            "prior_cost": answers.prior_cost(rows, design),
            "mdes": answers.smallest_effects(both, design),
            "false_claims": answers.false_claims(checks, design),
            "false_claims_by_shock": answers.false_claims_by_shock(rows, design),
            "bias_by_lag": answers.bias_by_lag(rows, design),
            "performance": performance(both, nulls=nulls(design), side=design.side),
        }
        if refits is not None:
            on_progress("Fitting a sample with NUTS", _SIMULATED * total, total)
            tables["agreement"] = refits()
    return tables


def small_design(study: Study) -> Design:
    """Return the main job's small plan: the first outcome, at the study's own sizes.

    The effect is six times the smallest of interest, or a half of the baseline where that is less.

    Raises
    ------
    InputError
        If its counts before the onset have no events, or nothing else.
    """
    outcome = next(iter(study.outcomes.values()))
    base = scenario.to_plan(study, outcome.name, post_years=6)
    effect = max(-6.0 * outcome.minimum, -50.0 * base.baseline)
    return Design(
        base=scenario.changed(base, effect=effect),
        comparison_boroughs=(1, 5),
        half_lives=(0.0, 1.0),
        shock="national",
        target=0.8,
        replicates=100,
    )


def small_plan(
    study: Study, design: Design, priors: Priors, *, seed: int, command: str
) -> tuple[Tables, dict[str, Any]]:
    """Run the main job's `small_design` in this process; return its tables and facts.

    `mp-bayes plan` answers for other designs, with more replicates.
    """
    with TemporaryDirectory() as folder:
        tables = simulated(design, priors, folder=Path(folder), seed=seed, workers=1, refitted=0)
    tables["replay"] = replay(study, priors, target=design.target)
    return tables, describe(study, design, tables, priors, seed=seed, command=command)


def assumed(
    study: Study, design: Design, priors: Priors, *, seed: int, command: str
) -> dict[str, Any]:
    """Gather what is known before anything is simulated."""
    base = design.base
    return {
        "outcome": base.outcome,
        "outcomes": study.outcomes,
        "unit": protocol.unit_words(base),
        "effect": protocol.effect_words(base),
        "effect_sd": base.effect_sd,
        "baseline": protocol.baseline_words(base),
        "shock": design.shock,
        "analysis_prior": protocol.prior_words(design.method, priors, base),
        "max_post_years": base.post_years,
        "sd_shock": base.sd_shock,
        "rho": base.rho,
        "pre_years": base.pre_years,
        "target": design.target,
        "replicates": design.replicates,
        "seed": seed,
        "command": command,
        "version": version("mp-bayes"),
        "assumptions": protocol.assumptions(base, study),
        "side": protocol.side_words(design),
    }


def describe(
    study: Study, design: Design, tables: Tables, priors: Priors, *, seed: int, command: str
) -> dict[str, Any]:
    """Gather what the page says besides its tables."""
    assurance = tables["assurance"]
    last = assurance["post_years"].eq(design.base.post_years)
    word = "assurance" if design.base.effect_sd else "power"
    facts = assumed(study, design, priors, seed=seed, command=command)
    return {
        **facts,
        "rule": protocol.rule_words(assurance[last], word=word),
        "paragraph": protocol.paragraph(
            design,
            assurance,
            tables["years_needed"],
            tables["false_claims"],
            priors=priors,
            given=protocol.listed_words(facts["assumptions"]),
        ),
        "warnings": _warnings(tables["performance"]),
    }


def _warnings(measures: pd.DataFrame) -> list[str]:
    """Say which fits failed, and which were sampled, method by method."""
    from mp_bayes.wording.planning import method_labels

    found = []
    average = measures[measures["estimand"].eq("average_effect")]
    names = method_labels(average["method"])
    # Both scales are of the same fits.
    fits = average.drop_duplicates(["trial", "post_years", "method"])
    for name, rows in fits.groupby("method", sort=False):
        label, failed, sampled = names[str(name)], rows["failed"].max(), rows["sampled"].sum()
        if failed > 0:
            found.append(
                f"{label}: up to {100 * failed:.1f}% of the fits of one design failed; no share "
                "counts them. See the table performance."
            )
        if sampled > 0:
            found.append(
                f"{label}: {sampled:,} of {rows['replicates'].sum():,} fits, for which neither the "
                "fast posterior nor weighted draws vouch, were sampled with NUTS; at most "
                f"{MOST_SAMPLED} of {CHUNK} in a design are, and any others count as failed."
            )
    return found
