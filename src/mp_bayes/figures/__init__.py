"""Figures: one function each, with data, alt text, and one look."""

from mp_bayes.figures.chart import Chart, Tables, render, save
from mp_bayes.figures.comparison import published_against_posterior
from mp_bayes.figures.embedding import embedding_curves
from mp_bayes.figures.priors import priors_against_posteriors
from mp_bayes.figures.registry import CHARTS, charts
from mp_bayes.figures.sensitivity import effect_against_shock
from mp_bayes.figures.trends import outcome_trends

__all__ = [
    "CHARTS",
    "Chart",
    "Tables",
    "charts",
    "effect_against_shock",
    "embedding_curves",
    "outcome_trends",
    "priors_against_posteriors",
    "published_against_posterior",
    "render",
    "save",
]
