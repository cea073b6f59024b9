"""Figures: one function each, with data, alt text, and one look."""

from mp_bayes.figures.chart import Chart, render, save
from mp_bayes.figures.comparison import published_against_posterior
from mp_bayes.figures.embedding import embedding_curves
from mp_bayes.figures.glance import answer_at_a_glance
from mp_bayes.figures.priors import priors_against_posteriors
from mp_bayes.figures.registry import CHARTS, charts
from mp_bayes.figures.sensitivity import effect_against_pooling, effect_against_shock
from mp_bayes.figures.trends import outcome_trends
from mp_bayes.figures.walk import walk_to_headline
from mp_bayes.figures.weights import weights_of_averages
from mp_bayes.wording.selection import Tables

__all__ = [
    "CHARTS",
    "Chart",
    "Tables",
    "answer_at_a_glance",
    "charts",
    "effect_against_pooling",
    "effect_against_shock",
    "embedding_curves",
    "outcome_trends",
    "priors_against_posteriors",
    "published_against_posterior",
    "render",
    "save",
    "walk_to_headline",
    "weights_of_averages",
]
