"""The pages: a form and its answer, downloads, uploads, and simulations in the background."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, redirect, request, send_from_directory, url_for
from werkzeug.exceptions import HTTPException

from mp_bayes.app.answers import Answer, Answers, Told, command_of, image
from mp_bayes.app.asked import filled, question
from mp_bayes.app.form import fields
from mp_bayes.app.jobs import Job, Jobs
from mp_bayes.app.studies import Studies
from mp_bayes.errors import InputError
from mp_bayes.planning.authorities import kinds, of_table
from mp_bayes.planning.saved import scenario_text
from mp_bayes.report.page import Picture, environment
from mp_bayes.report.search_page import build_search_page, context
from mp_bayes.report.search_tables import published_table
from mp_bayes.studies.read import DEFAULT
from mp_bayes.wording.search import paragraph

#: Bytes of an upload; a study with its counts has a few thousand.
LARGEST = 2 * 2**20
_KINDS = {"svg": "image/svg+xml", "png": "image/png"}
_TEMPLATES = environment()
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(
    study: str = DEFAULT, *, hosts: tuple[str, ...] | None = ("127.0.0.1", "localhost")
) -> Flask:
    """Return the planner as a WSGI application.

    Parameters
    ----------
    study : str
        Whose numbers are filled in: a shipped study, or a folder.
    hosts : tuple of str, optional
        Names under which it may be asked for; any where it is deployed behind a server that checks.
    """
    app = Flask("mp_bayes.app", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST, MAX_FORM_MEMORY_SIZE=LARGEST, MAX_FORM_PARTS=20)
    planner = _Planner(study)
    app.extensions["mp_bayes_close"] = planner.close
    _guard(app, hosts)
    pages: dict[str, Callable[..., Any]] = {
        "/": planner.page,
        "/answer": planner.fragment,
        "/figure/<name>.<ending>": planner.figure,
        "/table/<name>.csv": planner.table,
        "/scenario.toml": planner.scenario,
        "/plan.html": planner.whole,
        "/job/<name>": planner.job_page,
        "/job/<name>/state": planner.state,
        "/job/<name>/plan.html": planner.job_result,
        "/planner.js": _script,
    }
    for rule, view in pages.items():
        app.get(rule, endpoint=view.__name__)(view)
    actions: dict[str, Callable[..., Any]] = {
        "/upload": planner.upload,
        "/authorities": planner.authorities,
        "/confirm": planner.confirm,
        "/job/<name>/stop": planner.stop,
        "/job/<name>/resume": planner.resume,
    }
    for rule, view in actions.items():
        app.post(rule, endpoint=view.__name__)(view)
    return app


def _guard(app: Flask, hosts: tuple[str, ...] | None) -> None:
    """Refuse what another page, or another name for this machine, asks for; tell errors plainly."""

    @app.before_request
    def _check() -> None:
        if hosts is not None and urlsplit(f"//{request.host}").hostname not in hosts:
            abort(400, f"this planner answers to {' or '.join(hosts)} alone")
        if (request.content_length or 0) > LARGEST:  # before any of it is read
            abort(413, f"an upload may have {LARGEST // 2**20} MB at most")
        if request.method == "POST":
            origin = request.headers.get("Origin")
            site = request.headers.get("Sec-Fetch-Site", "same-origin")
            # A server in front may ask under another name; it leaves the browser's own word.
            foreign = hosts and origin is not None and urlsplit(origin).netloc != request.host
            if foreign or site not in ("same-origin", "none"):
                abort(403, "another page may not send this")

    @app.after_request
    def _protect(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    @app.errorhandler(Exception)
    def _failed(error: Exception) -> tuple[str, int]:
        if isinstance(error, HTTPException):
            message, status = error.description or error.name, error.code or 500
        elif isinstance(error, InputError):
            message, status = str(error), 400
        else:
            # Not what was typed: a log is no place for it.
            app.logger.error("%s at %s", type(error).__name__, request.path)
            message, status = "something went wrong; try more usual numbers", 500
        return _render("app_error.html.j2", message=message), status


class _Planner:
    """What the pages share: answers, simulations and studies."""

    def __init__(self, study: str) -> None:
        self._answers, self._jobs, self._studies = Answers(), Jobs(), Studies(study)
        self._told = Told()

    def close(self) -> None:
        self._jobs.close()
        self._studies.close()

    def _answered(self) -> Answer:
        kept = self._studies.get(request.args.get("study", ""))
        asked = question(fields(kept.study, request.args), kept.study)
        return self._answers.get(kept.study, kept.priors, asked)

    def _shown(self) -> dict[str, Any]:
        """Return what the template of an answer needs: the answer, or why there is none."""
        query = _query()
        try:
            found = self._answered()
        except InputError as error:
            return {"answer": None, "error": str(error)}
        if "more" in request.args:
            found.complete()
        pictures = {
            name: Picture(
                one.title, one.alt, one.message, name, f"figure/{name}.svg?{query}", "table"
            )
            for name, one in found.drawn().items()
        }
        told = context(found.tables, [], found.facts) | {
            "pictures": pictures,
            "query": query,
            "command": command_of(found.study),
            "more": "looks" in found.tables,
            "table_names": list(found.tables),
        }
        return {"answer": told, "error": ""}

    def page(self) -> str:
        token = request.args.get("study", "")
        kept = self._studies.get(token)
        groups = fields(kept.study, request.args)
        given = request.args.to_dict()
        outcome = kept.study.outcome(given.get("outcome") or next(iter(kept.study.outcomes)))
        shown = [
            (str(kind), *(f"{value:.2f}" for value in values))
            for kind, *values in kinds(outcome).to_numpy()
        ]
        return _render(
            "app.html.j2",
            groups=groups,
            token=token,
            study=kept.study,
            kinds=[(*one, f"?{urlencode({**given, 'sd_shock': one[1]})}") for one in shown],
            published_table=published_table(),
            told=self._told.get(given.get("told", "")),
            form_query=_query(),
            **self._shown(),
        )

    def fragment(self) -> tuple[str, int]:
        shown = self._shown()
        return _render("app_answer.html.j2", **shown), 400 if shown["error"] else 200

    def figure(self, name: str, ending: str) -> Response:
        charts = self._answered().drawn()
        if name not in charts or ending not in _KINDS:
            abort(404, "there is no such figure")
        return Response(image(charts[name], ending), mimetype=_KINDS[ending])

    def table(self, name: str) -> Response:
        found = self._answered()
        found.complete()
        charts = found.drawn()
        if name not in found.tables and name not in charts:
            abort(404, "there is no such table")
        table = charts[name].data if name in charts else found.tables[name]
        return _download(table.to_csv(index=False, float_format="%.6g"), f"{name}.csv")

    def scenario(self) -> Response:
        found = self._answered()
        return _download(scenario_text(found.question, found.study), "scenario.toml")

    def whole(self) -> Response:
        found = self._answered()
        found.complete()
        charts = found.drawn().values()
        for chart in charts:
            image(chart, "svg")
        facts = {**found.facts, "paragraph": paragraph(found.tables, found.facts)}
        return _download(build_search_page(found.tables, charts, facts), "plan.html")

    def upload(self) -> Any:
        token = self._studies.add(request.files)
        return redirect(url_for("page", study=token), 303)

    def authorities(self) -> Any:
        kept = self._studies.get(request.args.get("study", ""))
        given = request.args.to_dict()
        outcome = kept.study.outcome(given.get("outcome") or next(iter(kept.study.outcomes)))
        file = request.files.get("table.csv")
        if file is None or not file.filename:
            raise InputError("choose a table of counts to upload")
        with TemporaryDirectory() as folder:
            place = Path(folder) / "table.csv"
            file.save(place)
            known = of_table(place, outcome, kept.priors.select(outcome, shock="national"))
        told = self._told.keep(known.sentence)
        given |= {**filled(known, kept.study, outcome.name), "told": told}
        return redirect(f"{url_for('page')}?{urlencode(given)}", 303)

    def confirm(self) -> Any:
        found = self._answered()
        place = self._studies.get(request.args.get("study", "")).place
        job = self._jobs.start(scenario_text(found.question, found.study), place, _query())
        return redirect(url_for("job_page", name=job.name), 303)

    def _job(self, name: str) -> Job:
        job = self._jobs.get(name)
        if job is None:
            abort(404, "there is no such simulation; it may have been removed")
        return job

    def job_page(self, name: str) -> str:
        return _render("app_job.html.j2", job=self._job(name))

    def state(self, name: str) -> dict[str, object]:
        return self._job(name).told()

    def stop(self, name: str) -> Any:
        self._jobs.stop(self._job(name))
        return redirect(url_for("job_page", name=name), 303)

    def resume(self, name: str) -> Any:
        self._jobs.resume(self._job(name))
        return redirect(url_for("job_page", name=name), 303)

    def job_result(self, name: str) -> Any:
        job = self._job(name)
        if job.state != "done":
            abort(404, "this simulation is not finished")
        return send_from_directory(job.results, "plan.html")


def _render(name: str, **told: Any) -> str:
    # Behind another server the planner may not lie at its root.
    return _TEMPLATES.get_template(name).render(told, root=request.script_root)


def _query() -> str:
    """Return the link's query, as it may stand in another link."""
    return urlencode(list(request.args.items(multi=True)))


def _script() -> Response:
    source = Path(__file__).parent / "planner.js"
    return Response(source.read_text(encoding="utf-8"), mimetype="text/javascript")


def _download(text: str, name: str) -> Response:
    kinds = {"csv": "text/csv", "toml": "application/toml", "html": "text/html"}
    kind = kinds[name.rpartition(".")[2]]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype=kind, headers=headers)
