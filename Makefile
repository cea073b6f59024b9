# `uv` makes the environment and runs everything in it: pip install uv.
.PHONY: install check test docs

install:
	uv sync --group docs

check:
	uv run ruff check .
	uv run ruff format --check .
	uv run mypy
	uv run lint-imports

test:
	uv run pytest

docs:
	uv run --group docs sphinx-build -E -W --keep-going -b html docs docs/_build/html
