"""`mp-bayes check`: what a sceptic asks, each question answered by one command."""

import typer

from mp_bayes.commands.check_calibration import calibration
from mp_bayes.commands.check_checklists import checklists
from mp_bayes.commands.check_external import external
from mp_bayes.commands.check_joint import joint
from mp_bayes.commands.check_multiverse import multiverse
from mp_bayes.commands.check_predictive import predictive
from mp_bayes.commands.check_scaling import scaling
from mp_bayes.commands.check_trends import trends

app = typer.Typer(
    name="check",
    help="Answer what a sceptic asks: each with tables, figures and a page.",
    no_args_is_help=True,
)

app.command(
    epilog="Examples:  mp-bayes check multiverse  |  "
    "mp-bayes check multiverse --outcome cin_escalation_12m --out escalation"
)(multiverse)
app.command(
    epilog="Examples:  mp-bayes check trends  |  "
    "mp-bayes check trends --estimates beta.csv --covariance V.csv"
)(trends)
app.command(epilog="Example:  mp-bayes check scaling")(scaling)
app.command(epilog="Example:  mp-bayes check joint")(joint)
app.command(epilog="Example:  mp-bayes check predictive --out predictive")(predictive)
app.command(
    epilog="Examples:  mp-bayes check calibration  |  "
    "mp-bayes check calibration --replicates 100 --models laplace/coefficients --out quick"
)(calibration)
app.command(epilog="Example:  mp-bayes check external --data event_studies")(external)
app.command(
    epilog="Examples:  mp-bayes check checklists  |  mp-bayes check checklists --results mine"
)(checklists)
