"""`mp-bayes figures`: what it draws of each kind of folder, and as what."""

import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from places import RESULTS
from synthetic_planning import PLAN_FACTS, make_plan
from synthetic_search import SEARCH_FACTS, make_search

from mp_bayes.commands.figures_job import inches
from mp_bayes.errors import InputError
from mp_bayes.figures.facts import FACTS, write_facts
from mp_bayes.figures.search import search_charts
from mp_bayes.storage import whole_results, write_manifest

TRENDS = "outcome_trends__cin_rereferral_12m"
ONE = ("--results", str(RESULTS), "--figure", "outcome_trends", "--outcome", "cin_rereferral_12m")
PLACEBO = RESULTS / "panel" / "rereferral" / "placebo"
SVG = "{http://www.w3.org/2000/svg}"


def plan_folder(folder, holds, tables, facts):
    """Write a plan's folder as its job does, with or without facts."""
    with whole_results(folder, holds) as staging:
        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        if facts is not None:
            write_facts(staging / FACTS, facts)
        write_manifest(
            staging, inputs=[], command="mp-bayes plan --x", study="motivational_practice"
        )
    return folder


def test_width_title_grey_and_resolution(mp_bayes, tmp_path):
    look = ("--width", "160mm", "--format", "png", "--dpi", "200", "--grey", "--no-title")
    status, _, complained = mp_bayes("figures", *ONE, *look, "--out", str(tmp_path / "drawn"))
    assert status == 0, complained
    with Image.open(tmp_path / "drawn" / f"{TRENDS}.png") as image:
        assert image.width == pytest.approx(160 / 25.4 * 200, abs=1)
        assert image.info["dpi"][0] == pytest.approx(200, abs=0.1)
        assert np.ptp(np.asarray(image.convert("RGB")), axis=2).max() == 0
    # The words of the caption are beside the image.
    words = (tmp_path / "drawn" / f"{TRENDS}.txt").read_text(encoding="utf-8").splitlines()
    assert words[0] == image.info["Title"]
    assert words[1].startswith("Bands are each a 95% equal-tailed interval")
    assert words[-1].startswith("Line chart")


def test_each_format_says_what_it_is_and_is_the_same_each_time(mp_bayes, tmp_path):
    formats = [word for ending in ("svg", "png", "pdf") for word in ("--format", ending)]
    for place in ("a", "b"):
        assert mp_bayes("figures", *ONE, *formats, "--out", str(tmp_path / place))[0] == 0
    for file in (tmp_path / "a").glob(f"{TRENDS}.*"):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name
    of_data = hashlib.sha256((tmp_path / "a" / f"{TRENDS}.csv").read_bytes()).hexdigest()
    svg = (tmp_path / "a" / f"{TRENDS}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    alt = (tmp_path / "a" / f"{TRENDS}.txt").read_text(encoding="utf-8").strip()
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text.startswith("Re-referral within 12 months: Islington against Southend")
    assert description.text == alt
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("aria-describedby") == description.get("id")
    fonts = set(re.findall(r"font[^;\"]*: [^;\"]*'DejaVu Sans'([^;\"]*)", svg))
    assert fonts == {", Verdana, Arial, sans-serif"}
    with Image.open(tmp_path / "a" / f"{TRENDS}.png") as image:
        known = image.info
    pdf = (tmp_path / "a" / f"{TRENDS}.pdf").read_bytes()
    for said in (svg, known["Source"], pdf.decode("latin-1")):
        assert of_data in said
    for said in (svg, known["Software"], pdf.decode("latin-1")):
        assert "mp_bayes 0" in said
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize(
    ("text", "millimetres"), [("160mm", 160), ("16cm", 160), ("6.3in", 160.02), ("30 mm", 30)]
)
def test_widths(text, millimetres):
    assert 25.4 * inches(text) == pytest.approx(millimetres)


@pytest.mark.parametrize("text", ["29mm", "301mm", "160", "-80mm", "wide", "1e2mm", "nanmm", ""])
def test_a_width_that_is_none(text):
    with pytest.raises(InputError, match="--width"):
        inches(text)


class _Page(HTMLParser):
    """Collect a page's links and images."""

    def __init__(self):
        super().__init__()
        self.linked, self.alts = [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.linked += [given[name] for name in ("href", "src") if name in given]
        if tag == "img":
            self.alts.append(given["alt"])


def test_the_sheet_has_what_was_drawn_before_and_asks_for_nothing_else(mp_bayes, tmp_path):
    out = tmp_path / "drawn"
    assert mp_bayes("figures", *ONE, "--format", "pdf", "--out", str(out))[0] == 0
    again = ("--results", str(RESULTS), "--figure", "weights", "--outcome", "cla_placement_moves")
    assert mp_bayes("figures", *again, "--out", str(out))[0] == 0
    page = _Page()
    page.feed((out / "index.html").read_text(encoding="utf-8"))
    local = [link for link in page.linked if not link.startswith("data:")]
    assert {f"{TRENDS}.pdf", "weights__cla_placement_moves.svg"} <= set(local)
    assert all((out / link).is_file() for link in local)
    assert len(page.alts) == 1
    assert page.alts[0] in (out / "weights__cla_placement_moves.txt").read_text(encoding="utf-8")


def test_figures_of_the_panel_are_those_of_its_command(mp_bayes, tmp_path):
    out = tmp_path / "drawn"
    status, printed, complained = mp_bayes("figures", "--results", str(PLACEBO), "--list")
    assert status == 0, complained
    assert printed.split() == ["placebo", "false_claims_by_year", "false_claims_and_power"]
    words = ("figures", "--results", str(PLACEBO), "--figure", "placebo", "--out", str(out))
    assert mp_bayes(*words)[0] == 0
    for ending in ("txt", "csv"):
        drawn, before = (
            (place / f"placebo.{ending}").read_text(encoding="utf-8")
            for place in (out, PLACEBO / "figures")
        )
        # The table from which it is drawn again has six digits.
        assert drawn.partition(",")[0] == before.partition(",")[0]
        assert len(drawn.splitlines()) == len(before.splitlines())


@pytest.mark.parametrize(
    ("holds", "tables", "facts", "names"),
    [
        (
            "a plan of cin_rereferral_12m, of x",
            make_plan(),
            PLAN_FACTS,
            ["assurance_by_post_years", "false_claims_by_shock_sd", "bias_by_embedding_lag"],
        ),
        (
            "a search for designs of cin_rereferral_12m, of x",
            make_search(),
            {**SEARCH_FACTS, "treated_boroughs": (5, 6, 7, 8)},
            ["fewest_treated_boroughs", "power_by_years"],
        ),
    ],
)
def test_figures_of_plans(mp_bayes, tmp_path, holds, tables, facts, names):
    folder = plan_folder(tmp_path / "plan", holds, tables, facts)
    out = tmp_path / "drawn"
    status, _, complained = mp_bayes("figures", "--results", str(folder), "--out", str(out))
    assert status == 0, complained
    assert {path.stem for path in out.glob("*.svg")} == set(names)
    if "frontier" in tables:
        titles = [chart.title for chart in search_charts(tables, facts)]
        page = (out / "index.html").read_text(encoding="utf-8")
        assert all(title in page for title in titles)


def test_a_plan_of_an_older_version_says_how_to_make_it_again(mp_bayes, tmp_path):
    folder = plan_folder(tmp_path / "plan", "a plan of y, of x", make_plan(), None)
    out = tmp_path / "drawn"
    status, _, complained = mp_bayes("figures", "--results", str(folder), "--out", str(out))
    assert status == 2
    assert len(complained.strip().splitlines()) == 1
    assert "older version" in complained
    assert "mp-bayes plan --x" in complained
    assert not out.exists()


def test_a_run_of_an_older_version_says_so_of_its_plan(mp_bayes, tmp_path):
    folder = tmp_path / "older"
    folder.mkdir()
    for file in RESULTS.iterdir():
        if file.suffix in (".csv", ".json", ".toml") and file.name != "planning_facts.json":
            shutil.copy(file, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    there = {file.name for file in folder.iterdir()}
    manifest["files"] = {name: sha for name, sha in manifest["files"].items() if name in there}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    out = tmp_path / "drawn"
    words = ("--results", str(folder), "--figure", "bias_by_embedding_lag", "--out", str(out))
    status, _, complained = mp_bayes("figures", *words)
    assert status == 2
    assert "older version" in complained
    assert len(complained.strip().splitlines()) == 1
    assert not out.exists()


def test_facts_that_somebody_changed_are_refused(mp_bayes, tmp_path):
    tables = make_plan()
    folder = plan_folder(tmp_path / "plan", "a plan of y, of x", tables, PLAN_FACTS)
    (folder / FACTS).write_text("[]")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][FACTS] = hashlib.sha256(b"[]").hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    status, _, complained = mp_bayes(
        "figures", "--results", str(folder), "--out", str(tmp_path / "drawn")
    )
    assert status == 2
    assert FACTS in complained


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--results", str(RESULTS / "panel/rereferral/compare")), "no figure is drawn"),
        (("--results", str(RESULTS / "simulations/false_claims")), "simulations/false_claims.py"),
        ((*ONE[:2], "--figure", "pie"), "choose one of answer_at_a_glance"),
        ((*ONE, "--width", "1mm"), "--width"),
        ((*ONE, "--dpi", "20"), "--dpi"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(mp_bayes, tmp_path, words, said):
    out = tmp_path / "drawn"
    status, _, complained = mp_bayes("figures", *words, "--out", str(out))
    assert status == 2
    assert said in complained
    assert len(complained.strip().splitlines()) == 1
    assert not out.exists()


def test_a_study_of_ones_own_goes_with_its_panel(tmp_path):
    from mp_bayes.commands.kept_study import keep_study, kept_study
    from mp_bayes.studies.read import find_study, read_study

    own = tmp_path / "own"
    shutil.copytree(find_study("example").parent, own)
    with whole_results(tmp_path / "results", "panel compare of rereferral, for X") as staging:
        keep_study(read_study(own), staging)
        write_manifest(staging, inputs=[], command="mp-bayes panel compare", study="own")
    shutil.rmtree(own)
    again = kept_study(tmp_path / "results")
    assert list(again.outcomes) == list(read_study("example").outcomes)
