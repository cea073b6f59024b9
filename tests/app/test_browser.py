"""The planner in a real browser: by keyboard alone, on a phone, in two tabs, with simulations."""

import os
import shutil
import subprocess
import sys
import threading
import urllib.request
from importlib.util import find_spec

import pytest
from processes import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here"),
    pytest.mark.skipif(
        find_spec("playwright") is None or find_spec("flask") is None,
        reason="Playwright or Flask is not here",
    ),
]
ONE = "ask=one&treated=6&comparison=12&post_years=3&effect=-8&effect_sd=0"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    port = free_port()
    command = [sys.executable, "-m", "mp_bayes", "app", "--port", str(port)]
    server = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path_factory.mktemp("app"),
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        assert "in a browser" in server.stdout.readline()
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.communicate(timeout=60)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser):
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(60_000)
    opened.asked = []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.wrong = []
    opened.on("console", lambda message: opened.wrong.append(message.text))
    yield opened
    opened.close()


def lead(page):
    return page.inner_text(".lead")


def settled(page):
    page.wait_for_timeout(500)
    page.wait_for_selector("#answer-place:not([aria-busy])")


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


def test_from_opening_the_page_to_an_own_answer_by_keyboard(page, address):
    page.goto(f"{address}?{ONE}")
    before = lead(page)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "effect":
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("-9")
    settled(page)
    assert lead(page) != before
    assert "effect=-9" in page.url
    # The link gives it again.
    after = lead(page)
    page.goto(page.url)
    assert lead(page) == after
    assert page.wrong == []
    assert all(url.startswith((address, "data:")) for url in page.asked)


def test_a_kind_of_authority_fills_in_its_movements(page, address):
    page.goto(f"{address}?{ONE}")
    before = lead(page)
    page.fill("#effect", "-9")
    page.get_by_text("Whose movements?").click()
    page.get_by_role("link", name="West Midlands").click()
    settled(page)
    assert page.input_value("#sd_shock") == "0.37"
    # What was typed before stays.
    assert "effect=-9" in page.url
    assert lead(page) != before
    assert page.wrong == []


@pytest.mark.skipif(find_spec("axe_playwright_python") is None, reason="axe-core is not here")
@pytest.mark.parametrize("query", [ONE, f"{ONE}&more=1", "effect=nan", "outcome=none"])
def test_nothing_stands_in_the_way_of_a_screen_reader(page, address, query):
    page.goto(f"{address}?{query}")
    for one in page.query_selector_all("details"):
        one.evaluate("one => { one.open = true; }")
    assert violations(page) == []


def test_it_fits_a_phone(page, address):
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{address}?{ONE}&more=1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_it_works_without_a_script(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}?{ONE}")
    before = lead(page)
    page.fill("#effect", "-9")
    page.press("#effect", "Enter")
    page.wait_for_load_state()
    assert lead(page) != before
    context.close()


def test_two_tabs_do_not_mix(browser, address):
    tabs = [browser.new_page() for _ in range(2)]
    for tab, effect in zip(tabs, ("-8", "-9"), strict=True):
        tab.goto(f"{address}?{ONE}")
        tab.fill("#effect", effect)
    for tab in tabs:
        settled(tab)
    assert lead(tabs[0]) != lead(tabs[1])
    for tab in tabs:
        shown = lead(tab)
        tab.reload()
        assert lead(tab) == shown
        tab.close()


def test_ten_at_once_are_answered(address):
    answers = {}

    def ask(number):
        query = ONE.replace("treated=6", f"treated={number}")
        with urllib.request.urlopen(f"{address}answer?{query}", timeout=120) as answer:
            answers[number] = answer.read().decode()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(3, 13))
    for number, text in answers.items():
        assert f"With {number} treated boroughs" in text


def test_a_simulation_is_stopped_and_taken_up_again(page, address):
    page.goto(f"{address}?{ONE}")
    page.get_by_role("button", name="Confirm by simulation").click()
    page.wait_for_selector("#job")
    link = page.url
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector("text=What was finished is kept")
    page.goto(link)  # closed, and come back
    # The command that was stopped has to end first.
    for _ in range(60):
        page.get_by_role("button", name="Go on").click()
        if page.get_attribute("#job", "data-now") != "stopped":
            break
        page.wait_for_timeout(1000)
    page.get_by_role("link", name="Read the plan with its simulations").click(timeout=180_000)
    page.wait_for_load_state()
    assert "simulated" in page.inner_text("main")
    assert page.wrong == []
