"""Sample the reference posterior again: `uv run python tests/reference/jags/make.py`.

No test runs this. It needs JAGS (Debian's package `jags`) on the path and takes a minute; nothing
of mp_bayes is used. It rewrites `posterior` of cin_rereferral_12m.json, whose other fields are
kept.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
NAME = "cin_rereferral_12m"
CHAINS, BURN_IN, ITERATIONS, THIN = 4, 10_000, 300_000, 5
MONITORED = {
    "d[1]": "d[2015-16]",
    "d[2]": "d[2016-17]",
    "d[3]": "d[2017-18]",
    "s": "s",
    "a[1]": "a[Islington]",
    "a[2]": "a[Southend]",
}
SCRIPT = f"""\
load glm
model in "{HERE / NAME}.bug"
data in "{HERE / NAME}.data.R"
compile, nchains({CHAINS})
{{inits}}
initialize
update {BURN_IN}
monitor d, thin({THIN})
monitor s, thin({THIN})
monitor a, thin({THIN})
update {ITERATIONS}
coda *
"""


def draws(folder: Path) -> dict[str, np.ndarray]:
    """Run JAGS in a folder; return draws (chain, draw) by JAGS' own names."""
    inits = []
    for chain in range(1, CHAINS + 1):
        (folder / f"{chain}.R").write_text(
            f'.RNG.name <- "base::Mersenne-Twister"\n.RNG.seed <- {chain}\n'
        )
        inits.append(f'parameters in "{chain}.R", chain({chain})')
    (folder / "script.cmd").write_text(SCRIPT.format(inits="\n".join(inits)))
    subprocess.run(["jags", "script.cmd"], cwd=folder, check=True)
    chains = [
        np.loadtxt(folder / f"CODAchain{chain}.txt", usecols=1) for chain in range(1, CHAINS + 1)
    ]
    index = [line.split() for line in (folder / "CODAindex.txt").read_text().splitlines()]
    return {
        name: np.stack([chain[int(first) - 1 : int(last)] for chain in chains])
        for name, first, last in index
    }


def summary(values: np.ndarray) -> dict[str, float]:
    """Summarise draws (chain, draw); the mean's Monte Carlo error is that of 50 batches a chain."""
    batches = values.reshape(CHAINS, 50, -1).mean(axis=2)
    numbers = {
        "mean": values.mean(),
        "sd": values.std(),
        "q2.5": np.quantile(values, 0.025),
        "q97.5": np.quantile(values, 0.975),
        "prob_below_0": (values < 0).mean(),
        "mcse_mean": batches.std(ddof=1) / np.sqrt(batches.size),
    }
    return {name: round(float(value), 5) for name, value in numbers.items()}


def main() -> None:
    """Sample, and write the summaries."""
    path = HERE / f"{NAME}.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        found = draws(Path(folder))
    kept["draws"] = found["s"].size
    kept["posterior"] = {shown: summary(found[name]) for name, shown in MONITORED.items()}
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
