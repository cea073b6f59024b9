"""What a plan looks at, as a person gives it: in a scenario file's table [plan], or as options."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from mp_bayes.errors import InputError
from mp_bayes.names import instead
from mp_bayes.planning.design import Design
from mp_bayes.planning.found import Question
from mp_bayes.planning.search import AT_ONCE, Candidates, Costs, begin
from mp_bayes.simulate.scenario import Scenario, changed
from mp_bayes.studies.problems import demand

Whole = Annotated[StrictInt, Field(ge=1, le=200)]
Many = Annotated[tuple[Whole, ...], Field(min_length=1, max_length=200)]
Others = Annotated[
    tuple[Annotated[StrictInt, Field(ge=0, le=200)], ...], Field(min_length=1, max_length=200)
]
Years = Annotated[float, Field(ge=0, le=50)]
Money = Annotated[float, Field(ge=0, le=1e12)]
#: What a search looks at unless told otherwise.
SEARCHED: dict[str, tuple[int, ...]] = {
    "treated_boroughs": tuple(range(1, 61)),
    "comparison_boroughs": (10, 20, 40, 80),
    "pre_years": (3, 5),
}
#: What a plan of a study assumes unless told otherwise.
USUAL = {"pre_years": 3, "post_years": 10, "half_life": 2.0}
# Post-years of a search, up to the largest.
_POST_YEARS = (3, 5, 10, 15, 20)
# What a plan in depth compares.
_COMPARED, _HALF_LIVES = (1, 5, 15), (0.0, 1.0, 2.0)


def usual_effect_sd(base: Scenario) -> float:
    """Return the SD of an effect's design prior unless another is given: a third of the effect."""
    size = base.log_effect(base.effect) if base.effect_scale == "ratio" else base.effect
    return round(float(abs(size)) / 3, 3)


class Options(BaseModel):
    """What a plan looks at; what is None has a default.

    Attributes
    ----------
    in_depth : bool
        Simulate designs with one number of treated boroughs in depth, and do not search; so where
        one number is given, unless told otherwise.
    treated_boroughs, comparison_boroughs, pre_years : tuple of int
        To look at.
    max_post_years : int
        Look no further than this.
    post_years : tuple of int
        Of a search: numbers to try, up to the largest; some up to the largest unless given.
    roll_out : tuple of int or str
        Treated boroughs that begin together, `at-once`, or `halves`: see
        `mp_bayes.planning.search.Candidates`.
    stagger : float
        Years between such waves.
    half_life : tuple of float
        Years; a search takes the longest.
    shock, target, replicates, analysis_prior_sd
        See `mp_bayes.planning.found.Question`.
    cost_treated_year, cost_comparison : float
        See `mp_bayes.planning.search.Costs`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    in_depth: bool | None = None
    treated_boroughs: Many | None = None
    comparison_boroughs: Others | None = None
    pre_years: Many | None = None
    max_post_years: Whole | None = None
    post_years: Many | None = None
    roll_out: Annotated[
        tuple[Whole | Literal["at-once", "halves"], ...] | None, Field(min_length=1)
    ] = None
    stagger: Annotated[float, Field(gt=0, le=10)] | None = None
    half_life: Annotated[tuple[Years, ...] | None, Field(min_length=1, max_length=20)] = None
    shock: str = "national"
    target: float = 0.8
    replicates: Annotated[StrictInt, Field(le=1_000_000)] = 200
    analysis_prior_sd: float | None = None
    cost_treated_year: Money | None = None
    cost_comparison: Money | None = None

    def asked(self, base: Scenario) -> Design | Question:
        """Return what is asked of a scenario: to study designs in depth, or to search."""
        single = self.treated_boroughs is not None and len(self.treated_boroughs) == 1
        in_depth = single if self.in_depth is None else self.in_depth
        if in_depth and not single:
            raise InputError("in depth: give one number of treated boroughs")
        return self._design(base) if in_depth else self._question(base)

    def _design(self, base: Scenario) -> Design:
        if self.pre_years and len(self.pre_years) > 1:
            raise InputError("pre_years: one number, where one number of treated boroughs is given")
        if self.roll_out and len(self.roll_out) > 1:
            raise InputError("roll_out: one, where one number of treated boroughs is given")
        for name in ("post_years", "cost_treated_year", "cost_comparison"):
            if getattr(self, name) is not None:
                raise InputError(f"{name}: belongs to a search; leave it out, or give --search")
        fields: dict[str, Any] = {"treated_boroughs": (self.treated_boroughs or (1,))[0]}
        if self.max_post_years:
            fields["post_years"] = self.max_post_years
        if self.pre_years:
            fields["pre_years"] = self.pre_years[0]
        if self.roll_out:
            treated = fields["treated_boroughs"]
            fields |= begin(self.roll_out[0], treated, self.stagger or 1.0)
        elif self.stagger:
            fields["stagger"] = self.stagger
        compared, half_lives = self.comparison_boroughs or _COMPARED, self.half_life or _HALF_LIVES
        # What is compared is told by the lists alone.
        fields |= {"comparison_boroughs": compared[0], "half_life": max(half_lives)}
        return Design(
            base=changed(base, **fields),
            comparison_boroughs=compared,
            half_lives=half_lives,
            shock=self.shock,
            target=self.target,
            replicates=self.replicates,
            analysis_prior_sd=self.analysis_prior_sd,
        )

    def _question(self, base: Scenario) -> Question:
        last = self.max_post_years or base.post_years
        usual = (*(year for year in _POST_YEARS if year < last), last)
        post = tuple(sorted(set(self.post_years or usual)))
        if self.max_post_years and post[-1] > last:
            raise InputError(f"post_years: {post[-1]} are more than max_post_years, {last}")
        costs = None
        if self.cost_treated_year is not None or self.cost_comparison is not None:
            costs = Costs(self.cost_treated_year or 0.0, self.cost_comparison or 0.0)
        return Question(
            base=changed(
                base, post_years=post[-1], half_life=max(self.half_life or (base.half_life,))
            ),
            candidates=Candidates(
                treated_boroughs=self.treated_boroughs or SEARCHED["treated_boroughs"],
                comparison_boroughs=self.comparison_boroughs or SEARCHED["comparison_boroughs"],
                pre_years=self.pre_years or SEARCHED["pre_years"],
                post_years=post,
                waves=self.roll_out or (AT_ONCE,),
                stagger=self.stagger or 1.0,
            ),
            target=self.target,
            shock=self.shock,
            analysis_prior_sd=self.analysis_prior_sd,
            costs=costs,
            replicates=self.replicates,
        )

    def text(self) -> str:
        """Return the table [plan] of a scenario file, which gives these options again."""
        given = self.model_dump(exclude_none=True)
        return "[plan]\n" + "".join(f"{name} = {json.dumps(given[name])}\n" for name in given)


def resolved(asked: Design | Question) -> Options:
    """Return the options that ask the same again, whatever the defaults will be."""
    same: dict[str, Any] = {
        name: getattr(asked, name)
        for name in ("shock", "target", "replicates", "analysis_prior_sd")
    }
    if isinstance(asked, Design):
        return Options(
            in_depth=True,
            treated_boroughs=(asked.base.treated_boroughs,),
            comparison_boroughs=asked.comparison_boroughs,
            half_life=asked.half_lives,
            **same,
        )
    among, costs = asked.candidates, asked.costs
    return Options(
        in_depth=False,
        treated_boroughs=among.treated_boroughs,
        comparison_boroughs=among.comparison_boroughs,
        pre_years=among.pre_years,
        post_years=among.post_years,
        roll_out=among.waves,
        stagger=among.stagger,
        cost_treated_year=costs.treated_year if costs else None,
        cost_comparison=costs.comparison if costs else None,
        **same,
    )


def options(where: str, given: dict[str, Any]) -> Options:
    """Check options, with one line that names what is wrong.

    Raises
    ------
    InputError
        If an option is unknown or makes no sense; `where` stands before it.
    """
    try:
        return Options(**given)
    except ValidationError as error:
        found = error.errors()
    first = found[0]
    name = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    if first["type"] == "extra_forbidden":
        raise InputError(f"{where}: {name}: unknown; {instead(name, Options.model_fields)}")
    # What may be of two kinds has an error for each.
    same = [one for one in found if one["loc"][:1] == first["loc"][:1]]
    demands = " or ".join(dict.fromkeys(map(demand, same)))
    raise InputError(f"{where}: {name}: {demands} (given: {first['input']!r})")
