"""Damage to a file is told, or makes no difference; nothing is read wrong without a word."""

import csv
import io

import numpy as np
import pytest
from synthetic_panel import REFERRALS, simulated

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import MEASURES
from mp_bayes.evidence.official.read import read_measure, read_neighbours

COLUMNS = (
    "time_period,time_identifier,geographic_level,region_name,old_la_code,la_name,"
    "referral_count,rereferral_count,rereferral_percent"
)
YEARS = range(2013, 2019)


def rows():
    """Return a made-up file of 12 authorities, row by row, with percentages beside counts."""
    data = simulated(np.random.default_rng(3), authorities=12, years=6, sd_shock=0.3, rho=0.6)
    table = [COLUMNS.split(",")]
    for place, year in np.ndindex(12, 6):
        cell = data.isel(authority=place, year=year)
        total, events = int(cell["total"]), int(cell["low"])
        table.append(
            [
                *(str(YEARS[year]), "Reporting year", "Local authority", "North", str(300 + place)),
                *(f"Place {place}", str(total), str(events), f"{100 * events / total:.1f}"),
            ]
        )
    return table


def as_text(table):
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(table)
    return written.getvalue()


def read(folder, text, encoding="utf-8"):
    (folder / REFERRALS).write_bytes(text.encode(encoding))
    return read_measure(folder, MEASURES["rereferral"])


def cut(rng, table):
    """Cut the file anywhere but at its very end."""
    text = as_text(table)
    return text[: int(rng.integers(1, len(text) - 1))]


def short_row(rng, table):
    row = table[int(rng.integers(1, len(table)))]
    del row[int(rng.integers(len(row)))]
    return as_text(table)


def year_gone(rng, table):
    year = str(rng.integers(2014, 2018))
    return as_text([row for row in table if row[0] != year])


def other_size(rng, table):
    row = table[int(rng.integers(1, len(table)))]
    place = int(rng.choice([6, 7]))
    row[place] = str(int(row[place]) * 10)
    return as_text(table)


def other_rate(rng, table):
    row = table[int(rng.integers(1, len(table)))]
    row[8] = f"{float(row[8]) + float(rng.choice([-1, 1])) * rng.uniform(0.5, 9):.1f}"
    return as_text(table)


def column_twice(rng, table):
    place = int(rng.integers(len(table[0])))
    return as_text([[*row, row[place]] for row in table])


def two_left(rng, table):
    kept = set(rng.choice([f"Place {place}" for place in range(12)], 2, replace=False))
    year = str(rng.integers(2013, 2019))
    return as_text([row for row in table if row[0] != year or row[5] in kept])


def row_twice(rng, table):
    return as_text([*table, table[int(rng.integers(1, len(table)))]])


def letters(rng, table):
    row = table[int(rng.integers(1, len(table)))]
    row[int(rng.choice([6, 7]))] = str(
        rng.choice(["12a", "1e3", "-5", "12.5", "\u0661\u0662", "n/a"])
    )
    return as_text(table)


def nothing(rng, table):
    table[int(rng.integers(1, len(table)))][int(rng.choice([6, 7]))] = "0"
    return as_text(table)


def hidden(rng, table):
    table[int(rng.integers(1, len(table)))][7] = "c"
    return as_text(table)


def no_rate(rng, table):
    table[int(rng.integers(1, len(table)))][8] = ""
    return as_text(table)


def codes_swapped(rng, table):
    """Swap the codes of two authorities in a year that is not the last."""
    year = str(rng.integers(2013, 2018))
    one, other = rng.choice([row for row in table[1:] if row[0] == year], 2, replace=False)
    for row in table:
        if row[0] == year and row[4] in (one[4], other[4]):
            row[4] = other[4] if row[4] == one[4] else one[4]
    return as_text(table)


def nul(rng, table):
    text = as_text(table)
    place = int(rng.integers(1, len(text)))
    return f"{text[:place]}\0{text[place:]}"


DAMAGE = [
    *(cut, short_row, year_gone, other_size, other_rate),
    *(column_twice, two_left, row_twice, letters, nul),
    *(nothing, hidden, no_rate, codes_swapped),
]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("damage", DAMAGE, ids=lambda each: each.__name__)
def test_damage_is_told_in_one_line(tmp_path, damage, seed):
    text = damage(np.random.default_rng(seed), rows())
    with pytest.raises(InputError) as told:
        read(tmp_path, text)
    assert REFERRALS.split("*")[0][:2] in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "harmless",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.removesuffix("\n"),
        lambda text: text + "\n",
        lambda text: text.replace(",North,", ", North ,"),
    ],
    ids=["as it is", "CRLF", "byte-order mark", "no last line break", "empty last line", "spaces"],
)
def test_what_is_harmless_is_read_the_same(tmp_path, harmless):
    text = as_text(rows())
    expected, _ = read(tmp_path, text)
    found, left_out = read(tmp_path, harmless(text))
    assert found.equals(expected)
    assert left_out.empty


def test_a_year_without_a_row_is_said(tmp_path):
    table = [row for row in rows() if not (row[0] == "2015" and row[4] == "303")]
    _, left_out = read(tmp_path, as_text(table))
    assert left_out.to_dict("records") == [
        {"authority": "Place 3", "year": 2015, "reason": "no row in the file"}
    ]


def test_an_authority_that_was_renamed_is_one(tmp_path):
    table = rows()
    for row in table[1:]:
        if row[4] == "303" and row[0] < "2016":
            row[5] = "Old name"
    data, _ = read(tmp_path, as_text(table))
    assert "Old name" not in data["authority"].to_numpy()
    assert (data["total"].sel(authority="Place 3") > 0).all()


@pytest.mark.parametrize("others", ["300,301", "301,302,301", ""], ids=["itself", "twice", "none"])
def test_neighbours_that_cannot_be_are_refused(tmp_path, others):
    data, _ = read(tmp_path, as_text(rows()))
    listed = others.split(",")
    codes = [*listed, *(str(310 + place) for place in range(10 - len(listed)))]
    own = "300" if others else "999"
    header = ",".join(["old_la_code", "la_name", *(f"SN_{place}" for place in range(1, 11))])
    (tmp_path / "sn_model_2025_wide.csv").write_text(f"{header}\n{own},Place 0,{','.join(codes)}\n")
    with pytest.raises(InputError, match="sn_model_2025_wide"):
        read_neighbours(tmp_path, data, "Place 0")
