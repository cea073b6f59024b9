"""Every figure by name, and all of those that a run's results can give."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from mp_bayes.figures.chart import Chart, also_narrow, save
from mp_bayes.figures.comparison import published_against_posterior
from mp_bayes.figures.embedding import embedding_curves
from mp_bayes.figures.glance import answer_at_a_glance
from mp_bayes.figures.posteriors import has_posterior
from mp_bayes.figures.priors import priors_against_posteriors
from mp_bayes.figures.sensitivity import effect_against_pooling, effect_against_shock
from mp_bayes.figures.trends import outcome_trends
from mp_bayes.figures.walk import walk_to_headline
from mp_bayes.figures.weights import weights_of_averages
from mp_bayes.priors import Priors
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.selection import Tables, has

#: What draws a figure: of one outcome, or of the study whose outcome it is.
Draw = Callable[[Tables, Path, Study, Outcome, Priors], Chart]


def _glance(
    tables: Tables, _folder: Path, study: Study, _outcome: Outcome, _priors: Priors
) -> Chart:
    return answer_at_a_glance(tables, study.outcomes.values())


def _trends(
    tables: Tables, _folder: Path, _study: Study, outcome: Outcome, _priors: Priors
) -> Chart:
    return outcome_trends(tables, outcome)


def _comparison(
    tables: Tables, _folder: Path, _study: Study, outcome: Outcome, _priors: Priors
) -> Chart:
    return published_against_posterior(tables, outcome)


def _walk(tables: Tables, _folder: Path, _study: Study, outcome: Outcome, _priors: Priors) -> Chart:
    return walk_to_headline(tables, outcome)


def _weights(
    tables: Tables, _folder: Path, _study: Study, outcome: Outcome, _priors: Priors
) -> Chart:
    return weights_of_averages(tables, outcome)


def _shock(tables: Tables, _folder: Path, _study: Study, outcome: Outcome, priors: Priors) -> Chart:
    return effect_against_shock(tables, outcome, priors=priors)


def _pooling(
    tables: Tables, _folder: Path, _study: Study, outcome: Outcome, priors: Priors
) -> Chart:
    return effect_against_pooling(tables, outcome, priors=priors)


def _priors(tables: Tables, folder: Path, _study: Study, outcome: Outcome, priors: Priors) -> Chart:
    return priors_against_posteriors(folder, outcome, tables=tables, priors=priors)


def _embedding(
    tables: Tables, folder: Path, study: Study, _outcome: Outcome, priors: Priors
) -> Chart:
    return embedding_curves(tables, folder, study, priors=priors)


#: Each figure by name; all take (tables, folder, outcome, priors) and use what they need.
CHARTS: Final[dict[str, Draw]] = {
    "answer_at_a_glance": _glance,
    "outcome_trends": _trends,
    "published_against_posterior": _comparison,
    "decomposition": _walk,
    "weights": _weights,
    "effect_against_shock": _shock,
    "effect_against_pooling": _pooling,
    "priors_against_posteriors": _priors,
    "embedding_curves": _embedding,
}
#: Figures that show every outcome.
SHARED: Final = ("answer_at_a_glance", "embedding_curves")


def available(name: str, tables: Tables, folder: Path, outcome: str) -> bool:
    """Tell whether a run's results hold what a figure of one outcome needs."""
    needs = {
        "answer_at_a_glance": ["comparison"],
        "outcome_trends": ["trends"],
        "published_against_posterior": ["comparison"],
        "decomposition": ["decomposition"],
        "weights": ["weights"],
        "effect_against_shock": ["shock_sensitivity", "comparison"],
        "effect_against_pooling": ["pooling_sensitivity", "comparison"],
    }
    if name in needs:
        return all(has(tables, table, outcome) for table in needs[name])
    effects = ["embedding"] if name == "embedding_curves" else ["yearly", "embedding"]
    return any(has_posterior(folder, outcome, effect) for effect in effects)


def charts(
    tables: Tables,
    folder: Path,
    study: Study,
    priors: Priors,
    *,
    outcome: str | None = None,
    figure: str | None = None,
) -> Iterator[Chart]:
    """Draw all figures that the results can give, one after another.

    Parameters
    ----------
    tables : dict of DataFrame
        A results folder's tables by file name without ending.
    folder : Path
        The results folder, with `posteriors/`.
    study : Study
    priors : Priors
        Those of the run.
    outcome, figure : str, optional
        Only this outcome's; only this figure of `CHARTS`.
    """
    for name, one in wanted(tables, folder, study, outcome=outcome, figure=figure):
        yield CHARTS[name](tables, folder, study, study.outcomes[one], priors)


def wanted(
    tables: Tables,
    folder: Path,
    study: Study,
    *,
    outcome: str | None = None,
    figure: str | None = None,
) -> list[tuple[str, str]]:
    """List the figures that the results can give, as names with outcomes."""
    chosen = list(study.outcomes) if outcome is None else [outcome]
    found = []
    for name in CHARTS if figure is None else [figure]:
        here = [one for one in chosen if available(name, tables, folder, one)]
        found += [(name, one) for one in (here[:1] if name in SHARED else here)]
    return found


def draw_and_save(
    which: tuple[str, str], tables: Tables, folder: Path, study: Study, priors: Priors, out: Path
) -> Chart:
    """Draw one figure and save it; return it without its Matplotlib figure, for a page."""
    name, outcome = which
    (chart,) = also_narrow(
        lambda: [CHARTS[name](tables, folder, study, study.outcomes[outcome], priors)]
    )
    save(chart, out)
    return replace(chart, figure=None)
