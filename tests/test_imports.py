"""What is imported when: by name, since times differ between machines."""

import subprocess
import sys

import pytest

# Not Pydantic: with it Typer itself checks what is typed.
ARRAYS = {"numpy", "pandas", "xarray", "scipy"}
SAMPLERS = {"pymc", "pytensor", "nutpie"}
ENGINES = {"numba", "arviz_base", "arviz_stats", *SAMPLERS}
DRAWING = {"matplotlib", "afcharts"}
# Whatever statement is run, it is followed by this.
REPORT = "\nimport sys\nprint('\\n' + ' '.join(sys.modules))"


def imported(statement: str) -> set[str]:
    """Return the names of the modules that a new process has after a statement."""
    run = [sys.executable, "-c", statement + REPORT]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


def after(*arguments: str) -> set[str]:
    """Return the same of a command, whatever its exit status."""
    return imported(
        f"import sys\nsys.argv = {['mp-bayes', *arguments]!r}\n"
        "from mp_bayes.commands.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["fit", "--help"],
        ["plan", "--help"],
        ["fit", "--nonsense"],
        ["--version"],
        ["fit", "cin_rereferal_12m"],
        ["fit", "--engine", "x"],
        ["fit", "--shock", "x"],
        ["run", "--study", "nonsense"],
        ["plan", "--shock", "x"],
        ["plan", "--outcome", "x"],
        ["plan", "--treated-boroughs", "x"],
        ["panel", "fit", "--data", ".", "--measure", "x"],
        ["panel", "fit", "--data", ".", "--shock", "x"],
    ],
)
def test_help_and_errors_of_typing_wait_for_no_arrays(arguments):
    assert after(*arguments) & (ARRAYS | ENGINES | DRAWING) == set()


def test_what_starts_the_processes_is_light():
    first = imported("import mp_bayes.commands.jobs")
    assert first & ({"xarray", "scipy.stats"} | ENGINES | DRAWING) == set()
    later = imported(
        "import mp_bayes.commands.jobs, mp_bayes.reanalysis.pipeline, mp_bayes.reanalysis.grid"
    )
    assert later & ({"scipy.stats", "scipy.interpolate"} | ENGINES | DRAWING) == set()


def test_the_laplace_engine_needs_no_sampler_and_no_cluster(tmp_path):
    loaded = after("fit", "cin_rereferral_12m", "--engine", "laplace", "--out", str(tmp_path))
    written = {"effects.csv", "manifest.json", "posterior.nc", "priors.toml"}
    assert {path.name for path in tmp_path.iterdir()} == written
    assert loaded & (SAMPLERS | DRAWING | {"distributed"}) == set()
