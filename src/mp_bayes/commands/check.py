"""`mp-bayes check`: what a sceptic asks, each question answered by one command."""

import typer

app = typer.Typer(
    name="check",
    help="Answer what a sceptic asks: each with tables, figures and a page.",
    no_args_is_help=True,
)
