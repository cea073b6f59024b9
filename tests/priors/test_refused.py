"""Prior files that cannot be used are refused by name and place."""

from pathlib import Path
from typing import Any

import pytest
from studied import OUTCOMES, STUDY

from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors

N01 = '{ distribution = "Normal", mu = 0, sigma = 1 }'


BAD_VALUES = {
    "bool": ("true", "give a number"),
    "text": ('"0.3"', "give a number"),
    "list": ("[0.3]", "give a number"),
    "date": ("2015-03-01", "give a number"),
    "nan": ("nan", "finite"),
    "inf": ("inf", "finite"),
    "huge integer": ("1" + 400 * "0", "number"),
    "empty table": ("{}", "'value' is missing"),
    "unknown distribution": ('{ distribution = "Cauchy" }', "unknown distribution 'Cauchy'"),
    "distribution is a number": ("{ distribution = 1 }", "unknown distribution '1'"),
    "distribution is a list": ('{ distribution = ["Normal"] }', "unknown distribution"),
    "unknown field": (
        '{ distribution = "Normal", mu = 0, sigma = 1, sd = 2 }',
        "'sd' is not a field that there is",
    ),
    "missing field": ('{ distribution = "Normal", mu = 0 }', "'sigma' is missing"),
    "field is text": ('{ distribution = "Normal", mu = "a", sigma = 1 }', "'mu'"),
    "field is a number as text": ('{ distribution = "Normal", mu = "0", sigma = 1 }', "'mu'"),
    "field is a bool": ('{ distribution = "Normal", mu = 0, sigma = true }', "'sigma'"),
    "value is a bool": ("{ value = true }", "'value'"),
    "value is text": ('{ value = "0.3" }', "'value'"),
    "field is a table": ('{ distribution = "Normal", mu = { a = 1 }, sigma = 1 }', "'mu'"),
    "field is nan": ('{ distribution = "Normal", mu = nan, sigma = 1 }', "'mu'"),
    "field is inf": ('{ distribution = "Normal", mu = 0, sigma = inf }', "'sigma'"),
    "negative sigma": ('{ distribution = "Normal", mu = 0, sigma = -1 }', "must be above 0"),
    "zero sigma": ('{ distribution = "Normal", mu = 0, sigma = 0 }', "must be above 0"),
    "lower above upper": (
        '{ distribution = "Uniform", lower = 2, upper = 1 }',
        "lower must be below upper",
    ),
    "reason is a number": ("{ value = 1, reason = 3 }", "'reason'"),
    "quantiles overflow": (
        '{ distribution = "LogNormal", median = 1, sigma = 100 }',
        "'sigma'",
    ),
    "degrees of freedom": ('{ distribution = "StudentT", nu = 0.01, mu = 0, sigma = 1 }', "'nu'"),
    "SD": ('{ distribution = "Normal", mu = 0, sigma = 1e300 }', "'sigma'"),
    "place": ('{ distribution = "Normal", mu = -1e6, sigma = 1 }', "'mu'"),
}


@pytest.mark.parametrize(("value", "said"), BAD_VALUES.values(), ids=BAD_VALUES)
@pytest.mark.parametrize("section", ["default", "cin_rereferral_24m"])
def test_a_bad_prior_is_refused_by_file_section_and_parameter(
    mine: Any, section: str, value: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_priors(STUDY, mine(f"[{section}]\nmean_effect = {value}\n"))
    message = str(caught.value)
    assert message.startswith(f"mine.toml, [{section}] mean_effect: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("section", "parameter", "value"),
    [
        ("default.shock.national", "sd_shock", N01),
        ("default.shock.national", "sd_shock", "-0.1"),
        ("cla_placement_moves.shock.within-study", "rho", "1.01"),
        ("default.shock.none", "rho", '{ distribution = "LogNormal", median = 0.5, sigma = 1 }'),
        ("default", "sd_effect", N01),
        ("default", "half_life", "0"),
        ("default", "half_life", "-1"),
        ("default", "delay", '{ distribution = "StudentT", nu = 3, mu = 0, sigma = 1 }'),
        ("default", "design_effect", "0.9"),
        ("cla_placement_moves", "exposure", '{ distribution = "Uniform", lower = 0, upper = 2 }'),
        ("cla_placement_moves", "dispersion_excess", "-0.2"),
    ],
)
def test_a_prior_that_can_leave_its_parameters_range_is_refused(
    mine: Any, section: str, parameter: str, value: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_priors(STUDY, mine(f"[{section}]\n{parameter} = {value}\n"))
    message = str(caught.value)
    assert message.startswith(f"mine.toml, [{section}] {parameter}: ")
    assert f"the range of {parameter}" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[default\nhalf_life = 1\n", "not valid TOML"),
        ("[default]\nhalf_life = 1\nhalf_life = 2\n", "not valid TOML"),
        ("[defaults]\nhalf_life = 1\n", "unknown section [defaults]"),
        ("half_life = 1\n", "unknown section [half_life]"),
        ("[default]\nhalflife = 1\n", "[default] halflife: unknown parameter"),
        ("default = 3\n", "'default' must be a section"),
        ("[[default]]\nhalf_life = 1\n", "'default' must be a section"),
        ("[default]\nshock = 3\n", "[default.shock] must hold sections"),
        ("[default.shock]\nnational = 3\n", "[default.shock.national] must be a section"),
        ("[default.shock.local]\nrho = 0.1\n", "unknown shock prior 'local'"),
        ('[default.shock.""]\nhalf_life = 1\n', "unknown shock prior ''"),
        ("[default]\nsd_shock = 0.1\n", "[default] sd_shock: belongs to a shock prior"),
        (
            "[cla_placement_moves]\nrho = 0.1\n",
            "put it under [cla_placement_moves.shock.none]",
        ),
        (
            "[default.shock.none]\nhalf_life = 1\n",
            "[default.shock.none] half_life: unknown parameter",
        ),
    ],
)
def test_a_misshapen_file_is_refused_by_name_and_place(mine: Any, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load_priors(STUDY, mine(text))
    assert str(caught.value).startswith("mine.toml")
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"[default]\nhalf_life = 1 # \xff\n")
    for path, said in (
        (tmp_path / "missing.toml", "No such file"),
        (tmp_path, "it is a folder"),
        (binary, "UTF-8"),
    ):
        with pytest.raises(InputError) as caught:
            load_priors(STUDY, path)
        assert path.name in str(caught.value)
        assert said in str(caught.value)


def test_an_empty_file_changes_nothing(mine: Any) -> None:
    for outcome in OUTCOMES.values():
        assert load_priors(STUDY, mine("")).select(outcome, shock="national") == load_priors(
            STUDY
        ).select(outcome, shock="national")
