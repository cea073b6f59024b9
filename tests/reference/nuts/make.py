"""Sample the reference posteriors again: `uv run python tests/reference/nuts/make.py`.

No test runs this; `pytest -m nightly` checks its results with another seed. It takes two minutes.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "helpers"))

from sampler_cases import CASES, SUMMARIES, drawn, prior_quantiles

from mp_bayes.inference.agreement import KEYS, LONG, sampled_effects

KEPT = [
    *("mean", "sd", "lower", "upper", "prob_below_0", "prob_beyond_minimum"),
    *("ess_bulk", "rhat", "usable"),
]


def main() -> None:
    """Sample every case, and write the summaries."""
    found = {}
    for case in CASES:
        data, priors, built = drawn(case)
        effects = sampled_effects(
            built.outcome, data, priors, effect=case.effect, seed=11, sampling=LONG
        )
        if not effects["usable"].all():
            raise SystemExit(f"{case.name} did not converge")
        shown = effects[[*KEYS, *KEPT]].round(dict.fromkeys(KEPT[:-1], 6))
        found[case.name] = {
            "draws": LONG.draws * LONG.chains,
            "events": data["events"].to_numpy().tolist(),
            "total": data["total"].to_numpy().tolist(),
            "priors": prior_quantiles(priors),
            "effects": shown.to_dict("list"),
        }
    # A line for each case.
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in found.items())
    SUMMARIES.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
