"""The page in a real browser: seen at once, folded, copied from, printed, on a phone."""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here"),
    pytest.mark.skipif(find_spec("playwright") is None, reason="Playwright is not here"),
]
MOST_PAGES = 25


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory, illustrated_page):
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(illustrated_page, encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.wrong = []
    opened.on("console", lambda message: opened.wrong.append(message.text))
    yield opened
    assert opened.wrong == []
    context.close()


def top(page, selector):
    return page.locator(selector).first.bounding_box()["y"]


def test_answer_and_picture_are_on_the_first_screen(page, address):
    page.goto(address)
    assert top(page, ".lead") < 450
    assert top(page, "main img") < 700
    # What is not the answer is folded: ten screens, not a hundred.
    assert page.evaluate("document.documentElement.scrollHeight") < 15 * 900


def test_a_paragraph_is_copied_by_its_button(page, address):
    page.goto(address)
    button = page.get_by_role("button", name="Copy this paragraph").first
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.inner_text("#quote-all").strip()
    assert "95%" in copied


def test_a_link_opens_what_is_folded(page, address):
    page.goto(f"{address}#diagnostics")
    assert page.get_attribute("#diagnostics", "open") is not None
    assert page.get_attribute("#methods", "open") is None
    page.get_by_role("navigation").get_by_role("link", name="Methods").click()
    page.wait_for_selector("#methods[open]")


def test_contents_stay_in_sight(page, address):
    page.goto(address)
    page.evaluate("scrollTo(0, 3000)")
    box = page.get_by_role("navigation").bounding_box()
    assert -1 <= box["y"] <= 1


@pytest.mark.parametrize("width", [320, 390, 640, 768])
def test_narrow_pages_do_not_scroll_sideways(page, address, width):
    # 640 is what 200% zoom leaves of 1280.
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 390, 570])
def test_figures_on_a_phone_are_drawn_for_it(page, address, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    shown = page.evaluate(
        """() => [...document.querySelectorAll("figure img")].map(one => {
            const box = one.closest(".scroll");
            return [one.currentSrc != one.src, box.scrollWidth - box.clientWidth, one.naturalWidth];
        })"""
    )
    assert len(shown) > 10
    assert all(other for other, _, _ in shown)
    assert all(hidden <= 0 for _, hidden, _ in shown), "a figure scrolls"
    # 80 mm are 302 pixels.
    assert {wide for _, _, wide in shown} == {302}
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function(
        "[...document.querySelectorAll('figure img')].every(one => one.currentSrc == one.src)"
    )


def test_it_prints_on_few_pages(page, address, tmp_path: Path):
    page.goto(address)
    file = tmp_path / "page.pdf"
    page.pdf(path=str(file), prefer_css_page_size=True)
    count = len(re.findall(rb"/Type\s*/Page\b(?!s)", file.read_bytes()))
    assert 2 <= count < MOST_PAGES


def test_without_a_script_all_can_be_read(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.get_by_role("button").count() == 0
    page.get_by_text("Methods in short").click()
    assert page.locator("#methods li").first.is_visible()
    context.close()
