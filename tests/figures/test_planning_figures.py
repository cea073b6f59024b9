from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from scipy.stats import binomtest
from synthetic_planning import PLAN_FACTS, make_plan

from mp_bayes.figures import Chart, save
from mp_bayes.figures.planning import (
    assurance_by_years,
    bias_by_lag,
    false_claims_by_shock,
    planning_charts,
)
from mp_bayes.wording.planning import answer, lag, method_labels, needed_years

NAMES = ["assurance_by_post_years", "false_claims_by_shock_sd", "bias_by_embedding_lag"]


def texts(chart: Chart) -> str:
    found = chart.figure.findobj(mpl.text.Text)
    return " ".join(text.get_text() for text in found).replace("\n", " ")


def lines_of(chart: Chart) -> list[tuple[object, object]]:
    """Marker and dashes of each line with markers in the first panel."""
    axes = chart.figure.axes[0]
    return [
        (line.get_marker(), line._dash_pattern)
        for line in axes.lines
        if line.get_marker() in "osD^vP"
    ]


def test_figures_have_words_units_and_source():
    drawn = list(planning_charts(make_plan(), PLAN_FACTS))
    assert [chart.name for chart in drawn] == NAMES
    for chart in drawn:
        words = texts(chart)
        assert chart.title in words
        assert "95% Monte Carlo interval" in words
        assert "Source: simulation by mp_bayes" in words
        assert "re-analysed" not in words
        assert chart.message
        assert chart.message in chart.alt
        assert chart.title in chart.alt
        assert "ignificant" not in chart.alt + words
        assert {"lower", "upper"} <= set(chart.data)


def test_only_figures_with_a_table_are_drawn(tmp_path: Path):
    tables = make_plan()
    assert not list(planning_charts({}, PLAN_FACTS))
    del tables["assurance"]
    tables["bias_by_lag"] = tables["bias_by_lag"].query("estimand == 'average_effect'")
    (only,) = planning_charts(tables, PLAN_FACTS)
    assert only.name == NAMES[1]
    assert len(save(only, tmp_path)) == 4


def test_title_says_what_the_table_says():
    tables = make_plan()
    needed = tables["years_needed"]
    needed["years_needed"] = 3.0
    assert answer(needed, PLAN_FACTS) == "80% assurance needs 3 post-intervention years"
    needed.loc[0, "years_needed"] = 6
    assert "needs 3 to 6 post-intervention years" in assurance_by_years(tables, PLAN_FACTS).title
    needed.loc[0, "years_needed"] = np.nan
    title = assurance_by_years(tables, PLAN_FACTS).title
    assert title.endswith(
        "3 post-intervention years, and is not reached within 10 in 1 of 9 designs"
    )
    needed["years_needed"] = np.nan
    title = assurance_by_years(tables, {**PLAN_FACTS, "effect_sd": 0, "target": 0.9}).title
    assert title == "90% power is not reached within 10 post-intervention years"


def test_panels_say_what_their_boroughs_need():
    chart = assurance_by_years(make_plan(), PLAN_FACTS)
    words = texts(chart)
    assert "1 comparison borough: not within 10 years" in words
    assert "15 comparison boroughs: 2 to 5 years" in words
    assert "5 comparison boroughs, 3 to 7 years, or not within 10" in chart.message
    assert "Target 80%" in words


def test_years_are_counted_in_words():
    needed = make_plan((1,), (0.0,), 1)["years_needed"]
    assert needed_years(needed) == "not within 1 year"
    needed["years_needed"] = 1.0
    assert needed_years(needed) == "1 year"


def test_lines_can_be_told_apart_without_colour():
    six = assurance_by_years(make_plan((1,), (0, 0.5, 1, 2, 3, 4)), PLAN_FACTS)
    markers = [marker for marker, _ in lines_of(six)]
    assert len(set(markers)) == 6
    assert len({str(dashes) for _, dashes in lines_of(six)}) == 6
    legend = [text.get_text() for text in six.figure.legends[0].get_texts()]
    assert legend[:2] == ["Embedded at once", "Half-life 0.5 years"]


@pytest.mark.parametrize("count", range(1, 7))
def test_any_number_of_panels(count: int, tmp_path: Path):
    boroughs = (1, 2, 5, 10, 15, 20)[:count]
    chart = assurance_by_years(make_plan(boroughs, (0.0, 1.0)), PLAN_FACTS)
    shown = [axes for axes in chart.figure.axes if axes.get_visible()]
    assert len(shown) == count
    save(chart, tmp_path, ("png",))


def test_one_row_and_missing_values(tmp_path: Path):
    tables = make_plan((1,), (1.0,), 1)
    tables["false_claims_by_shock"] = tables["false_claims_by_shock"].head(1)
    tables["bias_by_lag"] = tables["bias_by_lag"].query("half_life == 0")
    for chart in planning_charts(tables, PLAN_FACTS):
        save(chart, tmp_path, ("png",))
    for name, value in (
        ("assurance", "assurance"),
        ("false_claims_by_shock", "claim_rate"),
        ("bias_by_lag", "bias"),
    ):
        tables[name] = make_plan()[name]
        tables[name].loc[::2, [value, f"{value}_mcse"]] = np.nan
    del tables["years_needed"]
    drawn = list(planning_charts(tables, PLAN_FACTS))
    for chart in drawn:
        save(chart, tmp_path, ("png",))
        assert "nan" not in chart.alt
    assert "No usable fit in 45 of 90 points" in texts(drawn[0])
    assert drawn[0].title == "Assurance by post-intervention years"


def test_a_table_without_any_usable_fit_is_drawn_empty(tmp_path: Path):
    tables = make_plan()
    tables["assurance"][["assurance", "assurance_mcse"]] = np.nan
    tables["false_claims_by_shock"][["claim_rate", "claim_rate_mcse"]] = np.nan
    tables["bias_by_lag"][["bias", "bias_mcse"]] = np.nan
    drawn = list(planning_charts(tables, PLAN_FACTS))
    for chart in drawn:
        save(chart, tmp_path, ("png",))
    assert "no usable fit" in drawn[1].message
    assert "no usable fit" in drawn[2].message


def test_intervals_are_the_monte_carlo_error():
    data = assurance_by_years(make_plan(), PLAN_FACTS).data
    row = data.iloc[0]
    # 1 borough, embedded at once, 1 year: 0.6 / 1.2, with 1,000 replicates.
    assert row["assurance"] == pytest.approx(50)
    ends = 100 * np.array(binomtest(500, 1000).proportion_ci(method="wilson"))
    assert (row["lower"], row["upper"]) == pytest.approx(tuple(ends), abs=1e-3)
    assert data["upper"].max() <= 100


def test_false_claims_name_the_worst_method_only_if_clearly_above():
    tables = make_plan()
    chart = false_claims_by_shock(tables, PLAN_FACTS)
    assert chart.title.startswith("Plain DiD (linear): an effect that is not there is claimed")
    assert "75%" in chart.title
    assert "Bayes, national prior 10% (7% to 13%)" in chart.message
    assert "5% line" in texts(chart)
    tables["false_claims_by_shock"][["claim_rate", "claim_rate_mcse"]] = 0.06, 0.01
    assert "No method" in false_claims_by_shock(tables, PLAN_FACTS).title


def test_bias_of_both_models_is_in_the_title():
    tables = make_plan()
    chart = bias_by_lag(tables, PLAN_FACTS)
    assert "+1.60 assuming immediate embedding, +0.40 estimating the curve" in chart.title
    assert "0.40 (0.30 to 0.50)" in chart.message
    # The mean over evaluations is not the planned effect, and is not called so.
    assert "on average over the evaluations (planned: 3 percentage points fewer" in chart.message
    assert set(chart.data["post_years"]) == {10}
    tables["bias_by_lag"]["bias"] = float("nan")
    assert (
        bias_by_lag(tables, PLAN_FACTS).title == "Bias of the full effect by how slowly it embeds"
    )


def test_methods_are_named_apart():
    assert method_labels(["did_log", "none/embedding"]) == {
        "did_log": "Plain DiD (log scale)",
        "none/embedding": "Bayes, no shocks",
    }
    both = method_labels(["national/constant", "national/embedding"])
    assert both["national/constant"] == "Bayes, national prior, immediate effect"
    assert lag(0.5) == "half-life 0.5 years"
