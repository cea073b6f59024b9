"""The study of the 2020 report, which most tests are about."""

from mp_bayes.studies.read import read_study

STUDY = read_study()
OUTCOMES = STUDY.outcomes
CIN = OUTCOMES["cin_rereferral_12m"].setting
CLA = OUTCOMES["cla_placement_moves"].setting
get_outcome = STUDY.outcome
