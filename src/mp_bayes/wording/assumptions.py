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
        "Outcomes of years before the onset that reach past it are counted by their dose. The "
        "timing scenarios relax both for children looked after.",
    ),
    (
        "Years move both boroughs alike, by any amount",
        "Common years are free, so the comparison counts in full, and its own movements too: "
        "where it moves alone the answer moves with it. Borrowing years from national statistics "
        "nearly takes it out of the analysis; the headline is shown under that as well.",
    ),
    (
        "The comparison borough is one like others",
        "It was chosen for a past that ran parallel to Islington's, so its years before the onset "
        "move less than a borough's do: within-study takes shocks as too small.",
    ),
    (
        "Yearly effects are alike: they scatter around a common mean",
        "A single year's large effect is drawn towards the other years'; the prior of their SD "
        "says how much, and the figures by assumed SD show what another value would give.",
    ),
    (
        "The mean effect lies around 0, within halving and doubling the odds or rate",
        "It draws estimates towards 0, and costs power; the shock-aware difference-in-differences "
        "has no such prior.",
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
        "With free years the cells' contrasts nearly reproduce the adjusted coefficients (see "
        "Published and posterior), so a change in the mix of children as far as the covariates "
        "know it makes little difference.",
    ),
    (
        "Costs are those of the whole funding round",
        "Each outcome is charged with all of them; benefits after the last year are not counted, "
        "and the rounds' years are not quite the outcomes' years.",
    ),
)

METHODS: tuple[str, ...] = (
    "The data are the tables of the 2020 report: totals by borough and year (cells), or "
    "covariate-adjusted difference-in-differences coefficients with their standard errors. The "
    "national shock prior comes from elsewhere: a hierarchical model of DfE statistics of all "
    "other English authorities, fitted here, and widened because they measure something else.",
    "The log-odds or log-rate of an outcome is the sum of a borough level, a common year effect, a "
    "borough-by-year shock and, in the treated borough, the programme's effect. Common years are "
    "free, so this is a difference-in-differences.",
    "Binary outcomes are binomial with a design effect; counts are negative binomial with variance "
    "proportional to the mean.",
    "The shock's standard deviation and correlation have three priors: none (no shocks; years "
    "coded as in the report's regressions), within-study (a prior that favours small shocks, "
    "and the two boroughs' own years), and national (how much boroughs move in official "
    "statistics), which is the headline. None is not the published analysis: its years' "
    "effects are partly pooled and have a prior. With flat priors of the effects the published "
    "answers come back; a test says "
    "so.",
    "Effects are yearly (the headline), constant from the onset, or follow an embedding curve. "
    "Each year counts by its dose: the share of the practice over the time at which its outcomes "
    "look. So a year before the onset whose outcomes reach past it has a part of an effect, and is "
    "reported as partly exposed.",
    "From the published number to the headline, one assumption changes at a time. The steps "
    "between are worked out by the Laplace engine's summaries, which are checked against "
    "sampling.",
    "The shock-aware difference-in-differences is generalised least squares on the "
    "borough-years, with autoregressive shocks of the national prior's size and no prior of the "
    "effect. Donald and Lang (2007, doi:10.1162/rest.89.2.221) take a t test on borough-years. "
    "Conley and Taber (2011, doi:10.1162/REST_a_00049), Ferman and Pinto (2019, "
    "doi:10.1162/rest_a_00759) and permutation tests need more comparison boroughs than there "
    "are.",
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
    "Effects on the response scale compare the treated borough's outcome with and without the "
    "effect, draw by draw. Digits follow the Monte Carlo standard error: it is at most a fifth of "
    "a unit of the last one, or no decimals are "
    "printed. Probabilities are whole percentages.",
)
