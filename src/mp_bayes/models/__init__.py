"""Functions that return a PyMC model."""

from typing import Any

import pymc as pm
import xarray as xr

from mp_bayes.models.cells import cells_model
from mp_bayes.models.coefficients import coefficients_model
from mp_bayes.studies.study import Outcome, Timing

__all__ = ["build_model", "cells_model", "coefficients_model"]


def build_model(
    outcome: Outcome,
    data: xr.Dataset,
    priors: dict[str, Any],
    *,
    effect: str,
    coding: str = "dosed",
    timing: Timing | None = None,
    shape: str = "normal",
) -> pm.Model:
    """Build the model that fits the kind of evidence in `data`."""
    build = {"cells": cells_model, "coefficients": coefficients_model}[data.attrs["evidence"]]
    return build(outcome, data, priors, effect=effect, coding=coding, timing=timing, shape=shape)
