"""Images of a page take fewer bytes, and show the same."""

import re
from xml.etree import ElementTree

import pytest

from mp_bayes.figures.chart import NARROW, Chart, render
from mp_bayes.report.compact import compact

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def images(drawn: list[Chart]) -> list[str]:
    return [render(chart, "svg").decode() for chart in drawn]


def shown(root: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return list(root.iter(f"{SVG}{tag}"))


def styled(root: ElementTree.Element) -> dict[str, str]:
    sheet = shown(root, "style")[0].text or ""
    return dict(re.findall(r"\.(\w+)\{([^}]*)\}", sheet))


def plain(style: str) -> str:
    return re.sub(r"([;:,])\s+", r"\1", style).strip("; ")


def test_what_shows_is_the_same_and_the_rest_is_gone(images):
    for image in images:
        old, new = ElementTree.fromstring(image), ElementTree.fromstring(compact(image))
        for tag in ("path", "use", "text", "clipPath", "title", "desc"):
            assert len(shown(new, tag)) == len(shown(old, tag))
        assert [one.text for one in shown(new, "text")] == [one.text for one in shown(old, "text")]
        classes = styled(new)
        for tag in ("path", "use", "text"):
            for one, other in zip(shown(new, tag), shown(old, tag), strict=True):
                style = classes.get(one.get("class", ""), one.get("style", ""))
                assert style == plain(other.get("style", ""))
                if tag == "path":  # the same numbers in the same order
                    numbers = [re.findall(r"[-\d.]+", each.get("d", "")) for each in (one, other)]
                    assert numbers[0] == numbers[1]
        assert not shown(new, "metadata")
        assert not [one for one in shown(new, "g") if not one.attrib]
        assert len(compact(image)) < 0.7 * len(image)


def test_every_reference_is_kept(images):
    for image in images:
        small = compact(image)
        known = set(re.findall(r' id="([^"]*)"', small))
        assert set(re.findall(r'(?:url\(|href=")#([\w.-]+)', small)) <= known
        (labelled,) = re.findall(r'aria-labelledby="([^"]*)"', small)
        assert labelled in known


def test_texts_keep_their_letters_and_blanks():
    image = (
        '<svg xmlns="http://www.w3.org/2000/svg"><!-- no --><g id="a"><g>\n'
        ' <text style="fill: red">R&amp;D &lt;5 <tspan>a</tspan> b</text>\n</g></g></svg>'
    )
    small = compact(image)
    assert ">R&amp;D &lt;5 <tspan>a</tspan> b</text>" in small
    assert "<!--" not in small
    assert "<g" not in small


def test_a_phone_has_images_of_its_own(drawn: list[Chart]):
    for chart in drawn:
        wide, narrow = (ElementTree.fromstring(chart.images[name]) for name in ("svg", NARROW))
        widths = [float(one.get("width", "").removesuffix("pt")) for one in (wide, narrow)]
        assert widths[0] == pytest.approx(8 * 72)
        assert widths[1] == pytest.approx(80 / 25.4 * 72, abs=0.01)
