"""The distributions that a prior can have; a fixed number is one too."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter
from scipy import special

from mp_bayes.errors import InputError


class _Prior(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)
    reason: str = ""


class Fixed(_Prior):
    """A parameter held at one value."""

    value: float

    def quantile(self, z: np.ndarray) -> np.ndarray:
        """Return the value, whatever the standard normal quantile z."""
        return np.full(z.shape, self.value)

    @property
    def support(self) -> tuple[float, float]:
        """The value, twice."""
        return (self.value, self.value)

    def __str__(self) -> str:
        return f"{self.value:g}"


class _Distribution(_Prior):
    def frozen(self) -> Any:
        """Return the SciPy distribution, whose module is slow to import."""
        raise TypeError

    def tails(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the quantiles that leave so much below, and so much above; at most a half."""
        raise TypeError(f"{self}: {lower}, {upper}")

    def quantile(self, z: np.ndarray) -> np.ndarray:
        """Return the quantiles at standard normal z; the upper half from the upper tail."""
        below, above = self.tails(special.ndtr(np.minimum(z, 0)), special.ndtr(-np.maximum(z, 0)))
        return np.asarray(np.where(z < 0, below, above))

    @property
    def support(self) -> tuple[float, float]:
        """Lowest and highest possible value."""
        zero = np.zeros(1)
        low, high = self.tails(zero, zero)
        return (float(low[0]), float(high[0]))

    def __str__(self) -> str:
        fields = self.model_dump(exclude={"distribution", "reason"})
        inside = ", ".join(f"{name} {value:g}" for name, value in fields.items())
        return f"{self.__class__.__name__}({inside})"


#: Log-odds, log-rates, SDs, years: beyond these a prior says nothing, and no sampler ends.
Place = Annotated[float, Field(ge=-1000, le=1000)]
Positive = Annotated[float, Field(gt=0, le=1000)]


class Normal(_Distribution):
    """Normal with mean mu and SD sigma."""

    distribution: Literal["Normal"]
    mu: Place
    sigma: Positive

    def frozen(self) -> Any:
        """Return the SciPy distribution."""
        from scipy import stats

        return stats.norm(self.mu, self.sigma)

    def tails(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the quantiles that leave so much below, and that leave so much above."""
        return self.mu + self.sigma * special.ndtri(lower), self.mu - self.sigma * special.ndtri(
            upper
        )


class StudentT(_Distribution):
    """Student's t with nu degrees of freedom."""

    distribution: Literal["StudentT"]
    nu: Annotated[float, Field(ge=1, le=1e6)]
    mu: Place
    sigma: Positive

    def frozen(self) -> Any:
        """Return the SciPy distribution."""
        from scipy import stats

        return stats.t(self.nu, self.mu, self.sigma)

    def tails(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the quantiles that leave so much below, and that leave so much above."""
        low = -np.abs(special.stdtrit(self.nu, lower))
        high = np.abs(special.stdtrit(self.nu, upper))
        return self.mu + self.sigma * low, self.mu + self.sigma * high


class HalfNormal(_Distribution):
    """Absolute value of a Normal(0, sigma)."""

    distribution: Literal["HalfNormal"]
    sigma: Positive

    def frozen(self) -> Any:
        """Return the SciPy distribution."""
        from scipy import stats

        return stats.halfnorm(scale=self.sigma)

    def tails(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the quantiles that leave so much below, and that leave so much above."""
        low, high = special.ndtri(0.5 + lower / 2), -special.ndtri(upper / 2)
        return self.sigma * low, self.sigma * high


class LogNormal(_Distribution):
    """Its logarithm is Normal(log median, sigma)."""

    distribution: Literal["LogNormal"]
    median: Positive
    sigma: Annotated[float, Field(gt=0, le=5)]

    def frozen(self) -> Any:
        """Return the SciPy distribution."""
        from scipy import stats

        return stats.lognorm(self.sigma, scale=self.median)

    def tails(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the quantiles that leave so much below, and that leave so much above."""
        low, high = special.ndtri(lower), -special.ndtri(upper)
        return self.median * np.exp(self.sigma * low), self.median * np.exp(self.sigma * high)


class Beta(_Distribution):
    """Beta on 0 to 1."""

    distribution: Literal["Beta"]
    alpha: Annotated[float, Field(ge=0.01, le=1e6)]
    beta: Annotated[float, Field(ge=0.01, le=1e6)]

    def frozen(self) -> Any:
        """Return the SciPy distribution."""
        from scipy import stats

        return stats.beta(self.alpha, self.beta)

    def tails(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the quantiles that leave so much below, and that leave so much above."""
        return special.betaincinv(self.alpha, self.beta, lower), special.betainccinv(
            self.alpha, self.beta, upper
        )


class Uniform(_Distribution):
    """Uniform between lower and upper."""

    distribution: Literal["Uniform"]
    lower: float
    upper: float

    def frozen(self) -> Any:
        """Return the SciPy distribution."""
        from scipy import stats

        return stats.uniform(self.lower, self.upper - self.lower)

    def tails(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the quantiles that leave so much below, and that leave so much above."""
        if not self.lower < self.upper:
            raise ValueError("lower must be below upper")
        width = self.upper - self.lower
        return self.lower + width * lower, self.upper - width * upper


DISTRIBUTIONS = ("Normal", "StudentT", "HalfNormal", "LogNormal", "Beta", "Uniform")


# What to multiply for a multiple of a distribution; a Beta has no multiple.
_SCALES = {
    "Fixed": ("value",),
    "Normal": ("mu", "sigma"),
    "StudentT": ("mu", "sigma"),
    "HalfNormal": ("sigma",),
    "LogNormal": ("median",),
    "Uniform": ("lower", "upper"),
}


def scaled(prior: Any, factor: float) -> Any:
    """Return the distribution of a multiple, by a positive factor.

    Raises
    ------
    InputError
        If it is a Beta.
    """
    name = type(prior).__name__
    if name not in _SCALES:
        raise InputError(f"{prior}: a multiple of it is needed here; choose another distribution")
    changes = {field: factor * getattr(prior, field) for field in _SCALES[name]}
    return prior.model_copy(update=changes)


def tag(raw: Any) -> str:
    """Return the name of the distribution that a table from TOML asks for."""
    return str(raw.get("distribution", "Fixed")) if isinstance(raw, dict) else "Fixed"


Prior = Annotated[
    Annotated[Normal, Tag("Normal")]
    | Annotated[StudentT, Tag("StudentT")]
    | Annotated[HalfNormal, Tag("HalfNormal")]
    | Annotated[LogNormal, Tag("LogNormal")]
    | Annotated[Beta, Tag("Beta")]
    | Annotated[Uniform, Tag("Uniform")]
    | Annotated[Fixed, Tag("Fixed")],
    Discriminator(tag),
]
ADAPTER: TypeAdapter[Any] = TypeAdapter(Prior)
