"""Every figure in its own width, and in two of pages: no text clipped, none on another.

What the committed results can draw, and invented plans; the default tests take a figure of each
kind, the nightly ones all outcomes, measures and studies.
"""

import functools
import re

import pytest
from measuring import clipped, overlapping, texts_of
from places import RESULTS
from synthetic_planning import PLAN_FACTS, make_plan
from synthetic_search import SEARCH_FACTS, make_search

from mp_bayes.commands.gallery import gallery
from mp_bayes.figures import embedding, planning, posteriors, priors, search
from mp_bayes.figures.look import WIDTH, Look, looking
from mp_bayes.storage import read_manifest

WIDTHS = {"own": WIDTH, 160: 160 / 25.4, 80: 80 / 25.4}
FOLDERS = {
    path.parent.relative_to(RESULTS).as_posix(): path.parent
    for path in (
        RESULTS / "manifest.json",
        *RESULTS.glob("studies/*/manifest.json"),
        *RESULTS.glob("panel/*/*/manifest.json"),
    )
}
#: Of each kind of figure one outcome's, and one measure's.
FIRST = re.compile(
    r"\./(answer|embedding|\w+__cin_rereferral_12m)|panel/rereferral|studies/\w+/outcome_trends__rereferral|plan/"
)


def listed():
    """Name the figures without reading their tables: by what each folder lists."""
    for folder, place in FOLDERS.items():
        for file in read_manifest(place)["files"]:
            name = re.fullmatch(r"figures/(.+)\.svg", file)
            if name and name[1] not in planning.NAMES:
                yield f"{folder}/{name[1]}"
    for name in (*planning.NAMES, "fewest_treated_boroughs", "power_by_years"):
        yield f"plan/{name}"


@functools.cache
def figures(folder):
    """Find what draws each figure of a folder."""
    if folder != "plan":
        return {one.name: one.draw for one in gallery(FOLDERS[folder]).figures}
    plan, found = make_plan(), make_search()
    draws = {
        name: functools.partial(draw, plan, PLAN_FACTS) for name, draw in planning.drawable(plan)
    }
    return draws | {
        name: functools.partial(draw, found, SEARCH_FACTS) for name, draw in search.drawable(found)
    }


@pytest.fixture(autouse=True, scope="module")
def read_once():
    """Keep posteriors' draws: reading them takes longer than drawing them."""
    kept = functools.cache(lambda *names: posteriors.draws(*names[:3], list(names[3:])))

    def draws(folder, outcome, effect, parameters):
        return kept(folder, outcome, effect, *parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(priors, "draws", draws)
        patch.setattr(embedding, "draws", draws)
        yield


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if FIRST.match(name) else pytest.mark.nightly)
        for name in listed()
    ],
)
def test_texts_are_whole_and_apart(name, width):
    folder, _, figure = name.rpartition("/")
    with looking(Look(width=WIDTHS[width], grey=width == 80)):
        chart = figures(folder)[figure]()
    texts = texts_of(chart.figure)
    assert not clipped(chart.figure, texts)
    assert not overlapping(texts)
    words = " ".join(text for text, _ in texts)
    assert not re.search(r"(?<![\w\N{EN DASH}])-\d", words), "a hyphen for a minus sign"
    (title,) = [text for text, _ in texts if text.replace("\n", " ") == chart.title]
    assert all(" " in line for line in title.split("\n")), "a word alone on its line"
    assert min(text.get_fontsize() for text in chart.figure.texts) >= 8.0
