import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawing import hollow, texts
from studied import CIN, OUTCOMES, STUDY, get_outcome
from synthetic_results import published_interval

from mp_bayes.embedding import exponential
from mp_bayes.figures import (
    CHARTS,
    answer_at_a_glance,
    charts,
    effect_against_pooling,
    effect_against_shock,
    embedding_curves,
    outcome_trends,
    priors_against_posteriors,
    published_against_posterior,
    save,
    walk_to_headline,
    weights_of_averages,
)
from mp_bayes.figures.priors import _draw
from mp_bayes.figures.registry import SHARED
from mp_bayes.figures.sensitivity import zero_verdict
from mp_bayes.figures.style import source_of
from mp_bayes.figures.trends import spread
from mp_bayes.priors import load_priors
from mp_bayes.reanalysis.decomposition import STEPS
from mp_bayes.studies.study import Outcome

Tables = dict[str, pd.DataFrame]
FIRST = get_outcome("cin_rereferral_12m")
MOVES = get_outcome("cla_placement_moves")
PRIORS = load_priors(STUDY)
REPORT = "2020 Motivational Practice evaluation report"


def test_all_figures_of_a_full_run_are_drawn(tables: Tables, results: Path):
    drawn = [chart.name for chart in charts(tables, results, STUDY, PRIORS)]
    per_outcome = [name for name in CHARTS if name not in SHARED]
    expected = {f"{name}__{outcome}" for name in per_outcome for outcome in OUTCOMES}
    assert set(drawn) == expected | set(SHARED)
    assert len(drawn) == len(set(drawn))


def test_what_a_quick_run_lacks_is_left_out(tables: Tables, tmp_path: Path):
    del tables["shock_sensitivity"], tables["pooling_sensitivity"], tables["timing_scenarios"]
    drawn = [chart.name for chart in charts(tables, tmp_path, STUDY, PRIORS)]
    kinds = {name.partition("__")[0] for name in drawn}
    assert kinds == {
        "answer_at_a_glance",
        "outcome_trends",
        "published_against_posterior",
        "decomposition",
        "weights",
    }
    assert len(drawn) == 1 + 4 * len(OUTCOMES)


def test_one_outcome_and_one_figure_can_be_asked_for(tables: Tables, results: Path):
    drawn = list(
        charts(tables, results, STUDY, PRIORS, outcome=FIRST.name, figure="outcome_trends")
    )
    assert [chart.name for chart in drawn] == [f"outcome_trends__{FIRST.name}"]


def test_figures_name_units_interval_and_source(tables: Tables, results: Path):
    for chart in charts(tables, results, STUDY, PRIORS, outcome=MOVES.name):
        words = texts(chart)
        assert f"Source: {REPORT}, re-analysed by mp_bayes" in words
        assert chart.title in words.replace("\n", " ")
        if not chart.name.startswith(("priors", "weights")):  # which show no interval
            assert "95% equal-tailed interval" in words.replace("\n", " ")
        assert len(chart.alt) > 60
        assert chart.message in chart.alt
        assert "ignificant" not in chart.alt + words
    assert "95% confidence interval" in texts(published_against_posterior(tables, FIRST)).replace(
        "\n", " "
    )


def test_counts_that_nobody_analysed_are_not_called_re_analysed():
    assert source_of(FIRST) == f"Source: {REPORT}, re-analysed by mp_bayes"
    own = replace(FIRST, source="our own records", coefficients=())
    assert source_of(own) == "Source: our own records, analysed by mp_bayes"


def test_saved_files_are_the_same_bytes_each_time(tables: Tables, tmp_path: Path):
    for place in ("a", "b"):
        save(outcome_trends(tables, FIRST), tmp_path / place)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [f"outcome_trends__{FIRST.name}.{end}" for end in ("csv", "png", "svg", "txt")]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    svg = (tmp_path / "a" / f"outcome_trends__{FIRST.name}.svg").read_text()
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert "<dc:date>" not in svg


def test_drawing_leaves_matplotlib_as_it_was(tables: Tables, tmp_path: Path):
    before = dict(mpl.rcParams)
    save(published_against_posterior(tables, FIRST), tmp_path, ("svg",))
    assert dict(mpl.rcParams) == before
    if "matplotlib.pyplot" in sys.modules:
        assert not sys.modules["matplotlib.pyplot"].get_fignums()


def test_trend_message_follows_the_numbers(tables: Tables):
    inside = outcome_trends(tables, FIRST)
    assert "below it in 2015-16, 2016-17 and 2017-18" in inside.message
    tables["trends"]["without_mean"] = 17.0
    tables["trends"][["without_lower", "without_upper"]] = 16.0, 18.0
    assert "above it in 2015-16, 2016-17 and 2017-18" in outcome_trends(tables, FIRST).message
    tables["trends"]["without_upper"] = 25.0
    assert "inside it in every year" in outcome_trends(tables, FIRST).message


def test_published_numbers_are_the_evidence(tables: Tables):
    data = published_against_posterior(tables, FIRST).data
    row = data[data["row"].eq("Published: linear") & data["year"].eq("2017-18")].iloc[0]
    estimate, se = published_interval(FIRST.name, "2017-18", "linear")
    assert row["estimate"] == pytest.approx(100 * estimate)
    assert row["upper"] == pytest.approx(100 * (estimate + 1.959964 * se))
    logit = published_against_posterior(tables, FIRST, scale="log_odds")
    assert "Published: logit" in set(logit.data["row"])
    assert logit.name.endswith("__log_odds")


@pytest.mark.parametrize(
    ("draw", "table"),
    [
        (effect_against_shock, "shock_sensitivity"),
        (effect_against_pooling, "pooling_sensitivity"),
    ],
)
def test_sensitivity_figures_say_where_zero_is_included(tables: Tables, draw, table: str):
    # Means of -0.2 and half-widths of 0.1 + SD: 0.05 leaves 0 out, 0.2 does not.
    chart = draw(tables, FIRST, priors=PRIORS)
    expected = "includes 0 from SD 0.2 for 2015-16, 2016-17, 2017-18 and the average"
    assert expected in chart.message
    assert "from 0.20 to 1.00 log-odds wide" in chart.message
    assert texts(chart).count("includes 0\nfrom SD 0.2") == 4
    assert chart.data["series"].eq("published").sum() == 4
    tables[table]["upper"] = tables[table]["lower"] + 0.01
    assert "leaves out 0 at every SD" in draw(tables, FIRST, priors=PRIORS).message
    tables[table]["upper"] = 1.0
    assert "includes 0 at every SD" in draw(tables, FIRST, priors=PRIORS).message


def test_sensitivity_figures_show_the_priors_of_the_run(tables: Tables):
    data = effect_against_shock(tables, FIRST, priors=PRIORS).data
    assert {"SD: national prior", "SD: within-study prior"} <= set(data["series"])
    prior = PRIORS.select(FIRST, shock="national")["sd_effect"]
    row = (
        effect_against_pooling(tables, FIRST, priors=PRIORS)
        .data.set_index("series")
        .loc["SD: prior"]
    )
    assert row["upper"] == pytest.approx(prior.quantile(np.array([1.959964]))[0])


@pytest.mark.parametrize(
    ("lower", "verdict"),
    [
        ([-2.0, -1.0, -1.0], "includes 0 at every SD"),
        ([1.0, 1.0, 1.0], "leaves out 0 at every SD"),
        ([1.0, 1.0, -1.0], "includes 0 from SD 0.2"),
        ([-1.0, -1.0, 1.0], "includes 0 up to SD 0.1"),
        ([1.0, -1.0, 1.0], "leaves out 0 at 2 of 3 SDs"),
    ],
)
def test_verdict_names_every_pattern(lower: list[float], verdict: str):
    table = pd.DataFrame({"sd": [0.0, 0.1, 0.2], "lower": lower, "upper": 3.0})
    assert zero_verdict(table.iloc[::-1], "sd") == verdict


def test_glance_shows_three_answers_of_every_outcome(tables: Tables):
    chart = answer_at_a_glance(tables, OUTCOMES.values())
    assert chart.data.groupby("outcome").size().to_dict() == dict.fromkeys(OUTCOMES, 3)
    assert chart.data["unit"].nunique() == 3
    words = texts(chart)
    assert all(outcome.label in words for outcome in OUTCOMES.values())
    # Every invented headline has a probability of 0.9, and leaves 0 in: -2 with half-width 3.
    assert words.split().count("90%") == len(OUTCOMES)
    assert "the posterior's for no outcome" in chart.message
    # The published average of escalation is 2.8 points, 0.2 to 5.4: shares of Table 8.
    assert "(a rise), the shock-aware one" in chart.message
    # It compares averages with averages.
    row = chart.data[chart.data["series"].eq("Published")].set_index("outcome").loc[FIRST.name]
    effects = [published_interval(FIRST.name, year, "linear")[0] for year in FIRST.post_years]
    assert 100 * min(effects) < row["estimate"] < 100 * max(effects)


def test_glance_names_what_is_unusable(tables: Tables):
    table = tables["comparison"]
    table.loc[table["source"].eq("posterior"), "usable"] = False
    chart = answer_at_a_glance(tables, OUTCOMES.values())
    assert hollow(chart) == len(OUTCOMES)
    assert "did not converge" in chart.message
    assert "90%" not in texts(chart)


def test_walk_names_the_steps_that_matter(tables: Tables):
    chart = walk_to_headline(tables, FIRST)
    assert "from \N{MINUS SIGN}3.00 to \N{MINUS SIGN}1.00" in chart.message
    shocks = next(step for step in STEPS if step.name == "shocks")
    assert f"widens most at step 6 ({shocks.label})" in chart.message
    assert "from 2.00 to 8.00" in chart.message
    assert chart.data.groupby("year")["step"].max().eq(8).all()
    # Without partly exposed years there is a step less.
    assert walk_to_headline(tables, MOVES).data["step"].max() == 7
    tables["decomposition"]["usable"] = False
    broken = walk_to_headline(tables, FIRST)
    assert hollow(broken) == 8 * 4
    assert "must not be relied upon" in broken.message


def test_weights_say_how_much_the_comparison_counts(tables: Tables):
    chart = weights_of_averages(tables, FIRST)
    assert "count 0.90; with common years borrowed from national ones, 0.10" in chart.message
    drawn = [bar.get_width() for axes in chart.figure.axes for bar in axes.patches]
    assert sorted(drawn) == pytest.approx(sorted(chart.data["weight"]))
    assert "2014-15*" in texts(chart)
    assert "*" not in texts(weights_of_averages(tables, MOVES))


def test_average_panel_compares_averages(tables: Tables):
    data = published_against_posterior(tables, FIRST).data
    average = data[data["estimand"].eq("average_effect")]
    assert {"Published: linear", "Shock-aware DiD", "Donald-Lang"} <= set(average["row"])
    contrast = data[data["estimand"].eq("pre_post_contrast")]
    assert set(contrast["row"]) == {"Published: linear, pre/post", "Recomputed: linear, pre/post"}
    assert not data[data["row"].eq("Donald-Lang")]["estimand"].eq("yearly_effect").any()
    assert "needs 19 or more controls" in texts(published_against_posterior(tables, FIRST)).replace(
        "\n", " "
    )
    counts = published_against_posterior(tables, MOVES)
    assert set(counts.data["scale"]) == {"per_100_child_years"}
    assert {"Published: quasi-Poisson", "Shock-aware DiD"} <= set(counts.data["row"])


def test_partly_exposed_years_are_marked_in_the_trends(tables: Tables):
    def marked(outcome: Outcome) -> list[str]:
        labels = outcome_trends(tables, outcome).figure.axes[0].get_xticklabels()
        return [label.get_text()[:7] for label in labels if "partly exposed" in label.get_text()]

    assert marked(get_outcome("cin_rereferral_24m")) == ["2013-14", "2014-15"]
    assert marked(MOVES) == []


def test_each_treated_borough_has_a_panel_and_its_own_onset(tables: Tables):
    onsets = (CIN.onset, CIN.onset + 1)
    setting = replace(
        CIN, treated_boroughs=("Islington", "Leeds"), onsets=onsets, comparison_boroughs=("Kent",)
    )
    again = {"Islington": "Islington", "Southend": "Kent"}
    trends = tables["trends"]
    trends = trends[trends["outcome"].eq(FIRST.name)]
    second = trends[trends["borough"].eq("Islington")].assign(borough="Leeds")
    trends = pd.concat([trends.assign(borough=trends["borough"].map(again)), second])
    chart = outcome_trends({"trends": trends}, replace(FIRST, setting=setting))
    assert [axes.get_title(loc="left") for axes in chart.figure.axes] == ["Islington", "Leeds"]
    # The programme begins a year apart.
    dotted = [
        line.get_xdata()[0]
        for axes in chart.figure.axes
        for line in axes.lines
        if line.get_linestyle() == ":"
    ]
    assert np.diff(dotted) == pytest.approx(1.0)
    assert chart.message.startswith("Islington: in 2017-18")
    assert set(chart.data["borough"]) == {"Islington", "Leeds", "Kent"}


def test_embedding_curve_is_that_of_the_half_life(tables: Tables, results: Path):
    data = embedding_curves(tables, results, STUDY, priors=PRIORS).data
    here = data[data["outcome"].eq(FIRST.name) & data["series"].eq("posterior")]
    # All invented half-lives are one year.
    expected = exponential(here["years_since_onset"].to_numpy(), half_life=1.0)
    np.testing.assert_allclose(here["median"], expected)
    prior = data[data["outcome"].eq(FIRST.name) & data["series"].eq("prior")]
    at_one = prior[prior["years_since_onset"].eq(1.0)].iloc[0]
    assert at_one["median"] == pytest.approx(0.5, abs=0.01)
    half_life = PRIORS.select(FIRST, shock="national")["half_life"]
    slow, fast = half_life.quantile(np.array([1.959964, -1.959964]))
    assert at_one["lower"] == pytest.approx(1 - 2 ** (-1 / slow), abs=0.01)
    assert at_one["upper"] == pytest.approx(1 - 2 ** (-1 / fast), abs=0.01)
    assert list(data[data["series"].eq("practice skill")]["skill"]) == [2.64, 2.97, 3.11]


def test_prior_densities_integrate_to_one(results: Path):
    data = priors_against_posteriors(results, FIRST, priors=PRIORS).data
    for _, rows in data[data["series"].eq("prior")].groupby(["parameter", "effect_structure"]):
        area = np.trapezoid(rows["density"], rows["value"])
        assert 0.85 < area < 1.02


def test_posterior_density_of_known_draws():
    prior = PRIORS.select(FIRST, shock="national")["mean_effect"]
    axes = mpl.figure.Figure().subplots()
    table = _draw(axes, np.linspace(-0.5, 0.5, 1001), prior)
    middle = table[table["series"].eq("posterior") & table["value"].abs().lt(0.4)]
    assert middle["density"].to_numpy() == pytest.approx(1.0, abs=0.1)


def test_labels_are_moved_apart_in_order():
    placed = spread([5.0, 5.1, 1.0], 1.0)
    assert placed[1] - placed[0] >= 1.0 - 1e-6
    assert placed[2] == 1.0
