"""The planner's pages, asked as a browser without JavaScript would, and as an attacker would."""

import io
import re
import tomllib
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.skipif(find_spec("flask") is None, reason="Flask is not here")

#: A question that takes little work.
ONE = {"ask": "one", "treated": "6", "comparison": "12", "post_years": "3", "effect": "-8"}


@pytest.fixture(scope="module")
def app():
    from mp_bayes.app import create_app

    made = create_app("motivational_practice")
    yield made
    made.extensions["mp_bayes_close"]()


@pytest.fixture
def client(app):
    return app.test_client()


def lead(page):
    return re.search(r'class="lead"[^>]*>([^<]*)<', page.text)[1]


def test_the_page_has_an_answer_with_its_table_and_command(client):
    page = client.get("/", query_string=ONE)
    assert page.status_code == 200
    assert "With 6 treated boroughs and 12 comparison boroughs" in lead(page)
    assert "Approximate" in page.text
    assert "mp-bayes plan --scenario scenario.toml" in page.text
    # Every field has a label of its own, and no script stands within the page.
    for name in re.findall(r'<input id="(\w+)"', page.text):
        assert f'<label for="{name}">' in page.text
    assert "<script>" not in page.text


def test_what_the_page_shows_is_what_its_command_gives(client, mp_bayes, tmp_path):
    scenario = client.get("/scenario.toml", query_string=ONE)
    file = tmp_path / "scenario.toml"
    file.write_bytes(scenario.data)
    shown = pd.read_csv(io.StringIO(client.get("/table/curve.csv", query_string=ONE).text))
    out = tmp_path / "plan"
    words = ("--scenario", str(file), "--replicates", "20", "--workers", "1")
    status, printed, _ = mp_bayes("plan", *words, "--out", str(out))
    assert status == 0
    pd.testing.assert_frame_equal(pd.read_csv(out / "curve.csv"), shown)
    assert " ".join(lead(client.get("/", query_string=ONE)).split()) in " ".join(printed.split())
    frontier = pd.read_csv(out / "frontier.csv")
    # What is simulated once more agrees with what is worked out: 20 evaluations, four errors.
    assert abs(frontier["simulated"] - frontier["assurance"]).max() < 4 * 0.5 / 20**0.5


def test_the_link_holds_the_question(client):
    page = client.get("/", query_string=ONE | {"half_life": "0.5", "shock": "within-study"})
    assert re.search(r'name="half_life" value="0.5"', page.text)
    assert re.search(r'value="within-study" checked', page.text)


def test_another_outcome_brings_its_own_numbers(client):
    given = {"was": "cin_rereferral_12m", "outcome": "cla_placement_moves", "effect": "-3"}
    page = client.get("/", query_string=given | {"ask": "one", "post_years": "3"})
    assert "per 100 child-years" in page.text
    assert not re.search(r'name="effect" value="-3"', page.text)


@pytest.mark.parametrize("name", ["frontier", "designs", "curve", "looks", "power_by_years"])
def test_every_table_can_be_had(client, name):
    table = client.get(f"/table/{name}.csv", query_string=ONE)
    assert table.status_code == 200
    assert len(pd.read_csv(io.StringIO(table.text))) > 0


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_figures(client, ending, start):
    figure = client.get(f"/figure/power_by_years.{ending}", query_string=ONE)
    assert figure.data.startswith(start)


def test_the_page_to_mail_is_whole(client):
    page = client.get("/plan.html", query_string=ONE).text
    assert "For the protocol" in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page)


HOSTILE = {
    "not a number": {"effect": "many"},
    "nan": {"effect": "nan"},
    "infinite": {"sd_shock": "inf"},
    "huge": {"size": "1e308"},
    "negative": {"size": "-5"},
    "beyond the outcome": {"effect": "-50"},
    "nothing": {"effect": "0"},
    "empty": {"baseline": ""},
    "half a borough": {"treated": "2.5"},
    "no boroughs": {"comparison": ","},
    "too many": {"comparison": "1,2,3,4,5,6,7,8"},
    "too large": {"comparison": "199", "post_years": "100"},
    "a lasting shift": {"rho": "1"},
    "a target": {"target": "100"},
    "long": {"effect": "1" * 1000},
    "a tag": {"effect": "<script>alert(1)</script>"},
    "an unknown prior": {"shock": "<b>"},
    "an unknown outcome": {"outcome": "../../etc/passwd"},
    "an unknown study": {"study": "../../etc"},
    "a NUL": {"half_life": "\0"},
    "letters of elsewhere": {"half_life": "٣\N{SNOWMAN}"},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_wrong_number_is_told_and_nothing_breaks(client, kind):
    for path in ("/answer", "/scenario.toml", "/plan.html", "/table/curve.csv", "/confirm"):
        ask = client.post if path == "/confirm" else client.get
        answer = ask(path, query_string=ONE | HOSTILE[kind])
        assert answer.status_code == 400, (path, answer.text[:500])
        assert 'role="alert"' in answer.text
        assert "Traceback" not in answer.text
        assert "<script>alert" not in answer.text
    assert client.get("/", query_string=ONE | HOSTILE[kind]).status_code in (200, 400)


def test_headers_and_other_pages(client):
    page = client.get("/planner.js")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/confirm", query_string=ONE, headers=headers).status_code == 403
    assert client.get("/confirm").status_code == 405
    assert client.get("/figure/..%2f..%2fetc.svg", query_string=ONE).status_code == 404
    assert client.get("/job/none").status_code == 404


def upload(client, **files):
    data = {name: (io.BytesIO(content), "../../../etc/passwd") for name, content in files.items()}
    return client.post("/upload", data=data, content_type="multipart/form-data")


def test_an_own_study_fills_the_form(client, mp_bayes, tmp_path):
    assert mp_bayes("new", str(tmp_path / "mine"))[0] == 0
    files = {name: (tmp_path / "mine" / name).read_bytes() for name in ("study.toml", "counts.csv")}
    title = tomllib.loads(files["study.toml"].decode())["title"]
    assert "--study" not in client.get("/").text
    done = upload(client, **files)
    assert done.status_code == 303
    page = client.get(done.headers["Location"])
    assert page.status_code == 200
    assert title in page.text
    assert "mp-bayes plan --scenario scenario.toml --study my-study --out my-plan" in page.text


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"study.toml": b"title = 1"},
        {"study.toml": b"\xff\xfe", "counts.csv": b"a,b\n1,2\n"},
        {"study.toml": b"[" * 10_000, "counts.csv": b""},
        {"study.toml": b"title = '<script>'", "counts.csv": b"borough,year\n"},
    ],
)
def test_a_study_that_cannot_be_read_is_told(client, files):
    done = upload(client, **files)
    assert done.status_code == 400
    assert "Traceback" not in done.text
    assert "<script>'" not in done.text


def table(client, text, **query):
    data = {"table.csv": (io.BytesIO(text.encode()), "../../../etc/passwd")}
    kind = "multipart/form-data"
    return client.post("/authorities", query_string=query, data=data, content_type=kind)


def test_own_authorities_fill_in_what_they_show(client):
    rng = np.random.default_rng(1)
    rows = [f"B{one},{2010 + year},{rng.binomial(900, 0.3)},900" for one, year in np.ndindex(12, 6)]
    done = table(client, "borough,year,events,total\n" + "\n".join(rows), **ONE)
    assert done.status_code == 303
    page = client.get(done.headers["Location"])
    assert "12 authorities of table.csv over 6 years" in page.text
    asked = dict(re.findall(r'<input id="(\w+)" name="\w+" value="([^"]*)"', page.text))
    assert (asked["size"], asked["effect"]) == ("900", "-8")
    assert float(asked["baseline"]) == pytest.approx(30, abs=1)
    # Nothing moves but by chance: the prior, and little of it, is left.
    assert float(asked["sd_shock"]) < 0.15
    # The sentence goes with the numbers, and is not what a link may say.
    other = client.get("/", query_string=ONE | {"told": "<b>spam</b>"})
    assert '<p role="note">' not in other.text
    assert '<p role="note">' in page.text


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2", "borough,year,events,total\nA,2010,<script>alert(1)</script>,3\n"]
)
def test_a_table_that_cannot_be_read_is_told(client, text):
    done = table(client, text, **ONE)
    assert done.status_code == 400
    assert 'role="alert"' in done.text
    assert "<script>alert" not in done.text
    assert client.post("/authorities", query_string=ONE).status_code == 400


def test_an_upload_too_large_is_refused(client):
    kind = "multipart/form-data; boundary=x"
    done = client.post("/upload", data=b"a" * 3_000_000, content_type=kind)
    assert done.status_code == 413
    broken = client.post("/upload", data=b"--x\r\nContent-Dis", content_type=kind)
    assert broken.status_code == 400


def test_behind_another_server_links_know_where_they_are(client):
    from mp_bayes.app import create_app

    page = client.get("/job/none", environ_overrides={"SCRIPT_NAME": "/planner"})
    assert 'href="/planner/"' in page.text
    elsewhere = create_app(hosts=None)
    try:
        asked = elsewhere.test_client()
        there = {"Host": "connect.example", "Origin": "https://connect.example:8443"}
        assert asked.get("/planner.js", headers=there).status_code == 200
        cross = there | {"Sec-Fetch-Site": "cross-site"}
        assert asked.post("/upload", headers=cross).status_code == 403
        assert asked.post("/upload", headers=there).status_code == 400
    finally:
        elsewhere.extensions["mp_bayes_close"]()
