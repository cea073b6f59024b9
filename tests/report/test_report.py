import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from urllib.parse import unquote

import pandas as pd
from outline import Outline
from report_pages import FACTS
from studied import OUTCOMES, STUDY, get_outcome

from mp_bayes.figures import Chart
from mp_bayes.report import build_report
from mp_bayes.report.check_tables import priors_table, prose
from mp_bayes.report.effect_tables import (
    adjustment_answer,
    comparison_tables,
    cost_tables,
)
from mp_bayes.report.outcome_tables import outcome_table

Tables = dict[str, pd.DataFrame]
MakePage = Callable[..., str]
FIRST = get_outcome("cin_rereferral_12m")


def test_page_asks_nothing_of_the_network(illustrated_page: str):
    outline = Outline(illustrated_page)
    assert [attrs.get("src") for attrs in outline.all("script")] == [None]
    addresses = [
        value
        for _, attrs in outline.tags
        for key, value in attrs.items()
        if key in ("src", "href", "srcset")
    ]
    assert addresses
    # A file beside the page, or a place on it.
    assert all(re.match(r"(#|data:|[a-z.]+$)", str(address)) for address in addresses)


def test_landmarks_headings_and_targets(report_page: str):
    outline = Outline(report_page)
    assert outline.all("html")[0]["lang"] == "en-GB"
    for tag in ("header", "nav", "main", "footer", "h1", "title"):
        assert len(outline.all(tag)) == 1
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    steps = itertools.pairwise(levels)
    assert all(after - before <= 1 for before, after in steps)
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = {str(attrs["href"]) for attrs in outline.all("a")}
    assert targets <= {f"#{one}" for one in ids} | {"tables.xlsx"}
    assert "tables.xlsx" in targets
    assert outline.all("a")[0]["class"] == "skip"


def test_tables_have_captions_and_headers(report_page: str):
    outline = Outline(report_page)
    count = len(outline.all("table"))
    assert count == len(outline.all("caption")) > 20
    assert all(cell.get("scope") in ("col", "row") for cell in outline.all("th"))
    regions = [a["aria-label"] for _, a in outline.tags if a.get("role") == "region"]
    assert len(regions) == len(set(regions)) == count


def test_every_figure_has_its_alt_text(drawn: list[Chart], illustrated_page: str):
    outline = Outline(illustrated_page)
    assert len(outline.all("img")) == len(drawn)
    assert {image["alt"] for image in outline.all("img")} == {chart.alt for chart in drawn}
    for image in outline.all("img"):
        kind, _, content = str(image["src"]).partition(",")
        assert kind == "data:image/svg+xml"
        assert ET.fromstring(unquote(content)).tag.endswith("svg")


def test_answer_follows_the_numbers(tables: Tables, report_page: str, make_page: MakePage):
    assert "2.0 percentage points lower" in report_page
    effects = tables["effects"]
    effects["mean"] *= -1
    assert "2.0 percentage points higher" in make_page(tables)


def test_unusable_fits_are_marked_everywhere(tables: Tables, report_page: str, make_page: MakePage):
    whole = Outline(report_page)
    assert "Some results are unusable" not in whole.text
    assert "(unusable)" not in whole.text
    for name in ("effects", "comparison", "trends", "costs", "diagnostics"):
        table = tables[name]
        table["usable"] = ~table["outcome"].eq(FIRST.name)
    marked = make_page(tables)
    outline = Outline(marked)
    assert "Some results are unusable" in outline.text
    assert marked.index("Some results are unusable") < marked.index('id="answer"')
    # Effect and two probabilities, for three shock priors, in three years and on average.
    cells = [cell for row in outcome_table(tables["effects"], FIRST).rows for cell in row[2:]]
    assert len(cells) == 36
    assert all(cell.endswith("(unusable)") for cell in cells)
    other = outcome_table(tables["effects"], get_outcome("cla_placement_moves"))
    assert not any("unusable" in cell for row in other.rows for cell in row)
    assert "Unusable fits" in outline.text


def test_quick_run_has_a_page_too(tables: Tables):
    quick = {
        name: table
        for name, table in tables.items()
        if name
        not in ("timing_scenarios", "shock_sensitivity", "priors", "audit", "headline_variants")
    }
    effects = quick["effects"]
    quick["effects"] = effects[effects["evidence"].eq("cells")]
    whole, outline = (
        Outline(build_report(given, (), {**FACTS, "quick": given is quick}, STUDY))
        for given in (tables, quick)
    )
    # What it does not hold has no section and no link; its head says that this is a part.
    lost = {"timing", "audit", "variants"}
    assert lost <= sections(whole)
    assert not lost & sections(outline)
    assert {"answer", "outcomes", "comparison", "diagnostics"} <= sections(outline)
    assert "quick run: only part of the analyses" in outline.text
    assert "quick run" not in whole.text


def sections(page: Outline) -> set[str]:
    """Return the sections that a page has, which are those that it links to."""
    tags = [*page.all("h2"), *page.all("details")]
    found = {str(attrs["id"]) for attrs in tags if "id" in attrs}
    linked = {str(attrs["href"])[1:] for attrs in page.all("a")}
    assert found <= linked
    return found


def test_comparison_table_sets_published_beside_posterior(tables: Tables):
    points, logs = comparison_tables(tables["comparison"], FIRST)
    assert points.columns[:3] == ["Year", "Published, linear", "Recomputed, linear"]
    assert logs.columns[1] == "Published, logit"
    assert "Posterior, cells, national" in points.columns
    row = next(row for row in points.rows if row[0] == "2017-18")
    assert row[points.columns.index("Posterior, cells, none")].startswith("\u22122.0")
    # Table 9: -0.082 in 2017-18.
    assert row[1].startswith("\u22128.2")


def test_averages_are_compared_like_with_like(tables: Tables):
    points = comparison_tables(tables["comparison"], FIRST)[0]
    by_name = {row[0]: row for row in points.rows}
    average = by_name["2015-18, average of the yearly effects"]
    pooled = by_name["All years after against all before"]
    # The report's other regression has no posterior counterpart here, nor a shock-aware one.
    for column in ("Posterior, cells, national", "Shock-aware DiD", "Donald-Lang"):
        place = points.columns.index(column)
        assert average[place] != "not given"
        assert pooled[place] == "not given"
    assert average[1] != "not given"
    assert "Conley-Taber" not in points.columns
    # A year before the onset is named as what it is; the report takes it as untreated.
    assert by_name["2014-15, partly exposed"][1] == "not given"


def test_raw_contrasts_are_set_against_the_coefficients(tables: Tables):
    comparison = tables["comparison"]
    text = adjustment_answer(comparison)
    # The largest gap, by hand from the same two columns.
    keys = ["outcome", "year", "scale", "method"]
    yearly = comparison[comparison["estimand"].eq("yearly_effect") & comparison["se"].notna()]
    own, raw = (
        yearly[yearly["source"].eq(source)].set_index(keys)
        for source in ("published", "recomputed")
    )
    gap = ((own["estimate"] - raw["estimate"]) / own["se"]).abs().max()
    assert f"within {gap:.2f} published standard errors" in text
    # Below one, or the sentence's conclusion does not follow.
    assert gap < 1


def test_infinite_costs_are_said_in_words(tables: Tables):
    each, pays = cost_tables(tables["costs"], STUDY)
    assert each.rows[0][each.columns.index("Upper end of 95% interval")] == (
        "no limit (nothing averted)"
    )
    # A residential placement is asked at values that nobody puts on a re-referral.
    column = pays.columns.index("£50,000")
    assert pays.rows[0][column] == "not asked"
    assert pays.rows[0][1] == "less than 1%"


def test_audit_shows_both_numbers_and_sources(report_page: str):
    text = Outline(report_page).text
    assert "1 agree within rounding and 1 do not" in text
    assert "7283 (section 2.2)" in text
    assert "7294 (Table 8)" in text


def test_priors_are_listed_once_and_escaped(tables: Tables, report_page: str):
    table = priors_table(tables["priors"], OUTCOMES)
    assert [row[1] for row in table.rows] == ["none", "within-study", "national"]
    assert {row[2] for row in table.rows} == {"all"}
    assert "invented &lt;for&gt; this test" in report_page


def test_prose_keeps_years_and_mends_minus_signs():
    assert prose("-0.5 in 2012-13, cin_rereferral_24m", OUTCOMES) == (
        "\u22120.5 in 2012-13, Re-referral within 24 months"
    )


def test_provenance(report_page: str):
    text = Outline(report_page).text
    for fact in ("9.9.9", "4711", "6.4.0", "0123456789abcdef", FACTS["command"]):
        assert fact in text
