"""The job behind `mp-bayes fit`: one analysis, its effects and its posterior."""

import os
from pathlib import Path
from typing import Any

from mp_bayes.commands.jobs import PRIORS, OnProgress, apart
from mp_bayes.priors import inputs, load_priors
from mp_bayes.storage import save_posterior, thin, whole_results, write_manifest
from mp_bayes.studies.study import Study

# Draws of each chain that are saved.
_SAVED = 2500


def fit_job(
    out: Path,
    study: Study,
    *,
    outcome: str,
    evidence: str,
    shock: str,
    effect: str,
    coding: str,
    timing: str,
    engine: str,
    prior_file: Path | None,
    seed: int,
    command: str,
    force: bool,
    on_progress: OnProgress,
) -> Any:
    """Fit one analysis by one engine, and write `effects.csv` and `posterior.nc`.

    Returns
    -------
    mp_bayes.reanalysis.analysis.Result
    """
    apart(out, study, prior_file)
    fitted = study.outcome(outcome)
    priors = load_priors(study, prior_file)
    priors.select(fitted, shock=shock)  # a wrong name is told at once
    how = ", ".join([evidence, shock, effect, coding, timing])
    holds = f"a fit of {outcome} ({how}), of {study.known_as}"
    with whole_results(out, holds, force=force) as staging:
        from mp_bayes.evidence.arrays import cells
        from mp_bayes.inference.nuts import PRECISE
        from mp_bayes.reanalysis.analysis import analyse
        from mp_bayes.reanalysis.grid import Analysis
        from mp_bayes.reanalysis.groups import add_groups

        analysis = Analysis(fitted, evidence, shock, effect, timing, coding)
        result = analyse(
            analysis,
            priors,
            seed=seed,
            engine=engine,
            sampling=PRECISE,
            cores=os.cpu_count(),
            on_draws=lambda done, total: on_progress("Sampling", done, total),
        )
        result.effects.to_csv(staging / "effects.csv", index=False, float_format="%.6g")
        chosen = priors.select(fitted, shock=shock)
        kept = add_groups(thin(result.tree, _SAVED), chosen, cells(fitted), fitted, seed=seed)
        save_posterior(kept, staging / "posterior.nc", per_chain=_SAVED)
        (staging / PRIORS).write_text(priors.text(study.outcomes.values()), encoding="utf-8")
        read = [*inputs(study), *([prior_file] if prior_file else [])]
        facts = {"command": command, "study": study.name, "seed": seed}
        write_manifest(staging, inputs=read, **facts, analysis=analysis.labels, engine=engine)
    return result
