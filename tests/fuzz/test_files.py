"""Whatever a file holds, it is read or refused in one line: 1,000 fuzzed files at every run."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_values import ODD
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import MEASURES
from mp_bayes.evidence.official.read import read_measure
from mp_bayes.priors import default_text, load_priors
from mp_bayes.simulate import scenario, scenario_file
from mp_bayes.studies.read import SHIPPED, read_study, study_of_counts

EXAMPLE = SHIPPED / "example"
MANY = settings(
    max_examples=200,
    deadline=None,
    # The same at every run, so that one that fails can be looked at.
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def damaged(draw, text):
    """Change a file in a few places: letters, words, or lines; or cut it."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(1, 4))):
        place = rng.randrange(len(text) + 1)
        how = draw(st.sampled_from(["put", "over", "cut", "line", "twice", "swap", "bytes"]))
        lines = text.split("\n")
        at = rng.randrange(len(lines))
        if how == "put":
            text = text[:place] + rng.choice(ODD) + text[place:]
        elif how == "over":
            words = lines[at].split(",") if "," in lines[at] else lines[at].split("=")
            words[rng.randrange(len(words))] = rng.choice(ODD)
            lines[at] = ("," if "," in lines[at] else "=").join(words)
            text = "\n".join(lines)
        elif how == "cut":
            text = text[:place]
        elif how == "line":
            del lines[at]
            text = "\n".join(lines)
        elif how == "twice":
            text = "\n".join([*lines[:at], lines[at], *lines[at:]])
        elif how == "swap":
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
            text = "\n".join(lines)
        else:
            text = text[:place] + draw(st.text(max_size=8)) + text[place:]
    return text.encode("utf-8", "surrogatepass")


def reads_or_refuses(read):
    """Read, or be refused in one line of writing."""
    try:
        read()
    except InputError as told:
        message = str(told)
        assert message
        assert "\n" not in message
        assert len(message) < 1500


@MANY
@given(content=damaged((EXAMPLE / "study.toml").read_text("utf-8")))
def test_studies(tmp_path, content):
    (tmp_path / "counts.csv").write_bytes((EXAMPLE / "counts.csv").read_bytes())
    (tmp_path / "study.toml").write_bytes(content)
    reads_or_refuses(lambda: load_priors(read_study(tmp_path)))


@MANY
@given(content=damaged((EXAMPLE / "counts.csv").read_text("utf-8")))
def test_counts(tmp_path, content):
    (tmp_path / "study.toml").write_bytes((EXAMPLE / "study.toml").read_bytes())
    (tmp_path / "counts.csv").write_bytes(content)
    reads_or_refuses(lambda: read_study(tmp_path))
    who = {"treated": ["Northtown"], "onset": "2020-04"}
    reads_or_refuses(lambda: study_of_counts(tmp_path / "counts.csv", **who))


@MANY
@given(content=damaged(default_text()))
def test_priors(tmp_path, content):
    (tmp_path / "mine.toml").write_bytes(content)
    reads_or_refuses(lambda: load_priors(STUDY, tmp_path / "mine.toml"))


@MANY
@given(
    content=damaged(
        scenario_file.text(scenario.from_study(STUDY, "cin_rereferral_12m", effect=-3.0), STUDY)
    )
)
def test_scenarios(tmp_path, content):
    (tmp_path / "scenario.toml").write_bytes(content)
    reads_or_refuses(lambda: scenario_file.read(tmp_path / "scenario.toml", STUDY))


@pytest.fixture(scope="module")
def official(made_up):
    (file,) = made_up.glob("c1_*.csv")
    return file.name, file.read_text("utf-8")


@settings(MANY, max_examples=200)
@given(data=st.data())
def test_official_files(tmp_path, official, data):
    name, text = official
    (tmp_path / name).write_bytes(data.draw(damaged(text)))
    reads_or_refuses(lambda: read_measure(tmp_path, MEASURES["rereferral"]))
