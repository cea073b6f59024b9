"""Bayesian re-analysis of the 2020 Motivational Practice evaluation."""
