"""What a reader may choose: lines by their width, tones of grey, no title."""

import pytest
from drawing import texts
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from studied import get_outcome

from mp_bayes.figures import outcome_trends, save
from mp_bayes.figures.grey import in_grey
from mp_bayes.figures.look import Look, across, look, looking, points
from mp_bayes.figures.style import LINES
from mp_bayes.figures.wrapping import inches, wrap

FIRST = get_outcome("cin_rereferral_12m")


@pytest.mark.parametrize("width", [1.0, 2.0, 3.0, 4.5])
def test_lines_fit_and_keep_every_word(width):
    text = "Re-referral within 12 months: Islington against Southend, 2012-13 to 2017-18"
    lines = wrap(text, width, size=10)
    assert max(inches(line, 10) for line in lines) <= width
    assert " ".join(lines) == text


def test_a_word_alone_takes_another_with_it():
    text = "An effect that is not there is claimed"
    width = inches("An effect that is not there is", 10)
    assert wrap(text, width, size=10)[0] != "An effect that is not there is"
    assert all(" " in line for line in wrap(text, width, size=10))


def test_a_word_wider_than_the_line_is_broken():
    lines = wrap("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", 1.0, size=10)
    assert len(lines) > 2
    assert max(inches(line, 10) for line in lines) <= 1.0


def test_text_is_smaller_in_narrow_figures_and_never_below_8_points():
    assert points(10) == 10
    for width in (1.2, 3.15, 6.3):
        with looking(Look(width=width)):
            assert 8 <= points(10) < 10
            assert points(8.5) >= 8
    assert look() == Look()


def test_panels_stand_in_rows_as_equal_as_can_be():
    assert across(5, 5, inches=1.4) == 5
    with looking(Look(width=5.0)):
        assert across(4, 4, inches=1.4) == 2  # not three and one
        assert across(5, 5, inches=1.4) == 3
    with looking(Look(width=1.2)):
        assert across(4, 4, inches=1.4) == 1


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_greys_are_told_apart_and_readable_as_labels():
    figure = Figure()
    axes = figure.subplots()
    lines = [axes.plot([0, 1], color=colour)[0] for colour, _, _ in LINES]
    in_grey(figure)
    tones = [luminance(line.get_color()) for line in lines]
    assert all(len(set(to_rgb(line.get_color()))) == 1 for line in lines)
    assert all(1.05 / (tone + 0.05) >= 4.5 for tone in tones)
    assert len(set(tones)) == len(tones)
    # Two lines are what most figures have.
    assert (max(tones[:2]) + 0.05) / (min(tones[:2]) + 0.05) > 4


def test_what_is_transparent_stays_so():
    figure = Figure()
    axes = figure.subplots()
    band = axes.fill_between([0, 1], 0, 1, facecolor="none", edgecolor="#801650", alpha=0.45)
    in_grey(figure)
    assert len(band.get_facecolor()) == 0
    assert band.get_edgecolor()[0][3] == pytest.approx(0.45)


def test_without_its_title_a_figure_is_as_much_lower(tables, tmp_path):
    with looking(Look(title=False)):
        bare = outcome_trends(tables, FIRST)
        save(bare, tmp_path, ())
    whole = outcome_trends(tables, FIRST)
    assert whole.title in texts(whole).replace("\n", " ")
    assert whole.title not in texts(bare).replace("\n", " ")
    assert bare.figure.get_figheight() < whole.figure.get_figheight() - 0.3
    words = (tmp_path / f"{bare.name}.txt").read_text(encoding="utf-8")
    assert words.startswith(f"{bare.title}\nBands are each")
    assert words.endswith(f"\n\n{bare.alt}\n")
