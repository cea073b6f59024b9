"""What the page answers with: tables, words and figures of a question, worked out once."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from mp_bayes.figures.chart import Chart, render
from mp_bayes.figures.search import search_charts
from mp_bayes.planning.found import Question, answer, beside
from mp_bayes.planning.saved import assumed
from mp_bayes.priors import Priors
from mp_bayes.studies.read import DEFAULT, is_shipped
from mp_bayes.studies.study import Study


def command_of(study: Study) -> str:
    """Return the command that gives the page's numbers; an own study is called `my-study`."""
    where = study.name if is_shipped(study) else "my-study"
    own = "" if where == DEFAULT else f" --study {where}"
    return f"mp-bayes plan --scenario scenario.toml{own} --out my-plan"


_KEPT = 64
# Matplotlib's settings are one process's; closed forms share two processors.
DRAWING = threading.Lock()
_WORKING = threading.BoundedSemaphore(2)


@dataclass
class Answer:
    """A question with what answers it; what takes longer is worked out when first asked for."""

    study: Study
    question: Question
    priors: Priors
    tables: dict[str, pd.DataFrame]
    charts: dict[str, Chart] | None = None
    lock: Any = field(default_factory=threading.Lock)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What words and pages need beside the tables."""
        return assumed(
            self.study,
            self.question,
            self.tables,
            self.priors,
            seed=2020,
            command=command_of(self.study),
        )

    def complete(self) -> None:
        """Work out what stands beside the answer too."""
        with self.lock:
            if "looks" not in self.tables:
                self.tables |= beside(self.question, self.tables, self.priors)

    def drawn(self) -> dict[str, Chart]:
        """Return the figures by name."""
        with self.lock, DRAWING:
            if self.charts is None:
                self.charts = {
                    chart.name: chart for chart in search_charts(self.tables, self.facts)
                }
            return self.charts


def image(chart: Chart, ending: str) -> bytes:
    """Return a figure as an image file's bytes."""
    with DRAWING:
        return render(chart, ending)


class Answers:
    """The last answers, by question; any number of people may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, study: Study, priors: Priors, question: Question) -> Answer:
        """Return the answer to a question, from memory if it was asked before."""
        key = (id(study), repr(question))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with _WORKING:
            found = Answer(study, question, priors, answer(question, priors))
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


class Told:
    """Sentences on uploaded tables, by the word that a link knows them by."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, sentence: str) -> str:
        """Keep a sentence; return the word for it."""
        word = secrets.token_hex(8)
        with self._lock:
            self._kept[word] = sentence
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return word

    def get(self, word: str) -> str:
        """Return a sentence, or none."""
        return self._kept.get(word, "")
