"""Bayesian re-analysis of the 2020 Motivational Practice evaluation.

In docstrings the *2020 report* is the Department for Education's research report RR1026 (Holt and
others, Motivational Practice: Evaluation report, March 2020); the *2017 report* is number 52 of the
Children's Social Care Innovation Programme's evaluation reports (Luckock and others, The Islington
'Doing What Counts: Measuring What Matters' evaluation report, July 2017).
"""
