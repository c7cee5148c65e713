# %% tags=["imports"]
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial

import polars as pl
import polars.selectors as cs

from andon_sdk.link.recipes import sklearn_recipe
from sklearn.mixture import GaussianMixture

# %% tags=["step:types"]
@dataclass
class Recipe:
    name: str
    steps: list[str] = field(default_factory=list)

    @property
    def long(self) -> bool:
        return len(self.steps) > 3


# %% tags=["step:load"]
etch = pl.read_csv("etch.csv", try_parse_dates=True)
by_tool = defaultdict(list)
for tool, wafer in etch.select("tool", "wafer").iter_rows():
    by_tool[tool].append(wafer)
tools = sorted(by_tool)

# %% tags=["step:recipes"]
known = {name: Recipe(name, ["stabilise", "etch", "overetch", "purge"]) for name in tools}
long_ones = [name for name, its in known.items() if its.long]

# %% tags=["step:summary"]
summary = etch.filter(pl.col("tool").is_in(long_ones)).group_by("tool", "wafer", maintain_order=True).agg(cs.numeric().mean())
summary = summary.sort("tool", "wafer")
scale = partial(round, ndigits=3)

# %% tags=["step:fit"]
numbers = summary.select(cs.numeric().exclude("wafer")).to_numpy()
mixture = GaussianMixture(2, random_state=0).fit(numbers)
likely = mixture.score_samples(numbers)

# %% tags=["metrics"]
mean_likelihood = round(float(likely.mean()), 6)
lowest = float(min(likely))

# %% tags=["step:recipe"]
recipe = sklearn_recipe(key="etch", title="Etch", contract="etch", make=lambda parameters: GaussianMixture(2, random_state=0))
