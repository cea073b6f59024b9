"""The planner in a browser."""

from mp_bayes.app.server import create_app

__all__ = ["create_app"]
