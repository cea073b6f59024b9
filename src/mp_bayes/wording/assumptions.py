"""Modelling assumptions, one a line, with what each costs if it is wrong; methods in short."""

from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import comparison_in, listed, treated_in


def assumptions(study: Study) -> list[tuple[str, str]]:
    """List the assumptions that the study's outcomes rest on, each with what it costs."""
    outcomes = list(study.outcomes.values())
    settings = list(dict.fromkeys(outcome.setting for outcome in outcomes))
    kinds = {outcome.likelihood for outcome in outcomes}
    said = [
        (
            "The comparison shows what would have happened without the programme: "
            + listed([f"{comparison_in(one)} for {treated_in(one)}" for one in settings]),
            "A borough-by-year shock in any of them looks like an effect; only the shock prior "
            "allows for it.",
        ),
        (
            "Shocks have one SD in all years and boroughs, and an AR(1) correlation",
            "If post-years were more turbulent than the prior says, the intervals are too narrow.",
        ),
        (
            "National statistics measure something near the study's outcomes",
            "Their shock SD stands in for that of the outcomes here; the prior is widened for it, "
            "and the figures by assumed SD show what another value would give.",
        ),
        (
            "The programme changed nothing before its onset, and nothing in a comparison borough",
            "Outcomes of years before the onset that reach past it are counted by their dose. "
            "Timing scenarios, where a study has them, relax both.",
        ),
        (
            "Years move all boroughs alike, by any amount",
            "Common years are free, so the comparison counts in full, and its own movements too: "
            "where it moves alone the answer moves with it. Borrowing years from national "
            "statistics nearly takes it out of the analysis; the headline is shown under that as "
            "well.",
        ),
        (
            "Comparison boroughs are like others",
            "If they were chosen for a past that ran parallel, their years before the onset move "
            "less than a borough's do: within-study then takes shocks as too small.",
        ),
        (
            "Yearly effects are alike: they scatter around a common mean",
            "A single year's large effect is drawn towards the other years'; the prior of their "
            "SD says how much, and the figures by assumed SD show what another value would give.",
        ),
        (
            "The mean effect lies around 0, within halving and doubling the odds or rate",
            "It draws estimates towards 0, and costs power; the shock-aware "
            "difference-in-differences has no such prior.",
        ),
    ]
    if any(len(one.treated_boroughs) > 1 for one in settings):
        said.append(
            (
                "Treated boroughs share their years' effects, each from its own onset on",
                "Where the programme did more in one borough than in another, the answer is an "
                "average in which large shocks make boroughs count nearly alike, whatever their "
                "size, and the difference is read as shocks.",
            )
        )
    if "binomial" in kinds:
        said.append(
            (
                "Referrals or cases of one child are correlated as the design effect says",
                "It is held at a number, from published standard errors where there are any; at 1 "
                "they count as independent.",
            )
        )
    if "nb1" in kinds:
        said.append(
            (
                "Counts vary with their mean in proportion (NB1)",
                "Where a study gives cases and no child-years at risk, these are taken as an "
                "unknown share of cases, and differences in it between years become part of the "
                "shocks.",
            )
        )
    if any(outcome.coefficients for outcome in outcomes):
        said.append(
            (
                "Cells are not adjusted for covariates; coefficients are, as published",
                "With free years the cells' contrasts nearly reproduce the adjusted coefficients "
                "(see Published and posterior), so a change in the mix of children as far as the "
                "covariates know it makes little difference.",
            )
        )
    if any(one.cost is not None for one in settings):
        said.append(
            (
                "Costs are those of the whole programme",
                "Each outcome is charged with all of them; benefits after the last year are not "
                "counted.",
            )
        )
    return said


_METHODS: tuple[str, ...] = (
    "The national shock prior, unless the study gives its own (see the priors), comes from "
    "elsewhere: a hierarchical model of DfE statistics of English authorities, fitted by this "
    "project, and widened because they measure something else.",
    "The log-odds or log-rate of an outcome is the sum of a borough level, a common year effect, a "
    "borough-by-year shock and, in a treated borough, the programme's effect. Common years are "
    "free, so this is a difference-in-differences.",
    "Binary outcomes are binomial with a design effect; counts are negative binomial with variance "
    "proportional to the mean.",
    "The shock's standard deviation and correlation have three priors: none (no shocks; years "
    "coded as in regressions of years before and after), within-study (a prior that favours small "
    "shocks, and the study's own years), and national (how much boroughs move in official "
    "statistics), which is the headline. None is not a plain regression: its years' "
    "effects are partly pooled and have a prior.",
    "Effects are yearly (the headline), constant from the onset, or follow an embedding curve. "
    "Each year counts by its dose: the share of the practice over the time at which its outcomes "
    "look. So a year before the onset whose outcomes reach past it has a part of an effect, and is "
    "reported as partly exposed.",
    "From the first number to the headline, one assumption changes at a time. The steps "
    "between are worked out by the Laplace engine's summaries, which are checked against "
    "sampling.",
    "The shock-aware difference-in-differences is generalised least squares on the "
    "borough-years, with autoregressive shocks of the national prior's size and no prior of the "
    "effect. Donald and Lang (2007, doi:10.1162/rest.89.2.221) take a t test on borough-years. "
    "Conley and Taber (2011, doi:10.1162/REST_a_00049), Ferman and Pinto (2019, "
    "doi:10.1162/rest_a_00759) and permutation tests learn from other boroughs how large a chance "
    "contrast is: the first two need 19 comparison boroughs, the last 20 ways to choose who was "
    "treated.",
    "A fit that fails the convergence gate is run again, longer and with smaller steps, at most "
    "twice; the number of attempts is in diagnostics.csv, and in engine_agreement.csv where a fit "
    "checks the other engine.",
    "Posteriors are drawn around a nested Laplace approximation and weighted to the model's own "
    "(Pareto-smoothed importance sampling), or sampled with a No-U-Turn sampler where the weights "
    "cannot be relied upon, and for heavy-tailed shocks; the column engine says which. Unless the "
    "run was quick, the headline and its neighbours under the other shock priors, and some other "
    "models of the totals drawn at random, are fitted by both: where an effect's mean, or an end "
    "of its interval, differs by more than 0.05 posterior SDs beyond four Monte Carlo errors, the "
    "sampler's answer is taken. Saved posteriors of what both fitted are the sampler's, if it "
    "converged. "
    "Effects on the response scale compare a treated borough's outcome with and without the "
    "effect, draw by draw. Digits follow the Monte Carlo standard error: it is at most a fifth of "
    "a unit of the last one, or no decimals are printed; an end of an interval that would read as "
    "no change, though it is more than two of its errors from it, has one decimal more. "
    "Probabilities are whole percentages.",
)


def methods(study: Study) -> list[str]:
    """Return the methods in short, the study's data first."""
    data = study.texts.get("data")
    if data is None:
        data = f"The data are totals by borough and year ({study.source})."
    return [data, *_METHODS]
