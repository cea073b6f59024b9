"""Modelling assumptions, one a line, with what each costs if it is wrong."""

ASSUMPTIONS: tuple[tuple[str, str], ...] = (
    (
        "One comparison borough stands for what would have happened in Islington",
        "A borough-by-year shock in either borough looks like an effect; only the shock prior "
        "allows for it.",
    ),
    (
        "Shocks have one SD in all years and both boroughs, and an AR(1) correlation",
        "If post-years were more turbulent than the prior says, the intervals are too narrow.",
    ),
    (
        "National statistics measure something near the evaluation's outcomes",
        "Their shock SD stands in for that of the outcomes here; the prior is widened for it, and "
        "the figures by assumed SD show what another value would give.",
    ),
    (
        "The programme changed nothing before its onset, and nothing in the comparison borough",
        "The timing scenarios relax both for children looked after.",
    ),
    (
        "Yearly effects are alike: they scatter around a common mean",
        "A single year's large effect is drawn towards the other years'; the prior of their SD "
        "says how much, and a fixed number in the prior file switches it off.",
    ),
    (
        "Referrals of one child are correlated as the published standard errors imply",
        "The design effect is held at the median over the published interactions.",
    ),
    (
        "Counts vary with their mean in proportion (NB1), and child-years are a share of cases",
        "Published tables give cases and no person-years; differences in exposure between years "
        "become part of the shocks.",
    ),
    (
        "Cells are not adjusted for covariates; coefficients are, as published",
        "Where the two kinds of evidence differ, the mix of children may have changed.",
    ),
    (
        "Costs are those of the whole funding round",
        "Each outcome is charged with all of them; benefits after the last year are not counted.",
    ),
)

METHODS: tuple[str, ...] = (
    "The data are the tables of the 2020 report: totals by borough and year (cells), or "
    "covariate-adjusted difference-in-differences coefficients with their standard errors. The "
    "national shock prior comes from elsewhere: a hierarchical model of DfE statistics of all "
    "other English authorities, fitted here, and widened because they measure something else.",
    "The log-odds or log-rate of an outcome is the sum of a borough level, a common year effect, a "
    "borough-by-year shock and, in the treated borough, the programme's effect.",
    "Binary outcomes are binomial with a design effect; counts are negative binomial with variance "
    "proportional to the mean.",
    "The shock's standard deviation and correlation have three priors: none (no shocks, as the "
    "published analysis assumes), within-study (a weak prior and the two boroughs' own years), and "
    "national (how much boroughs move in official statistics), which is the headline.",
    "Effects are yearly (the headline), constant from the onset, or follow an embedding curve. "
    "Constant and embedding effects count each year by the dose of the practice over the time at "
    "which its outcomes look; yearly effects, like the report, take the years before the onset as "
    "untreated, although outcomes of 2014-15 (and, over 24 months, 2013-14) reach past it.",
    "A fit that fails the convergence gate is run again, longer and with smaller steps, at most "
    "twice; the number of attempts is in diagnostics.csv.",
    "Posteriors are sampled with a No-U-Turn sampler. Effects on the response scale compare the "
    "treated borough's outcome with and without the effect, draw by draw.",
)
