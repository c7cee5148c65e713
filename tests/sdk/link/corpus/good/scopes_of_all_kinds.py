# %% tags=["imports"]
# /// script
# dependencies = ["scikit-survival-of-none>=1"]
# ///
import asyncio
from contextlib import contextmanager, suppress
from functools import lru_cache, wraps

import numpy as np
import scikit_survival_of_none
from andon_sdk.plugin import Estimator

# %% tags=["parameters"]
limit = 3


# %% tags=["step:helpers"]
def counted(function):
    calls = 0

    @wraps(function)
    def inner(*args, **kwargs):
        nonlocal calls
        calls += 1
        return function(*args, **kwargs)

    return inner


@lru_cache
def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@contextmanager
def named(name):
    yield name.upper()


async def later(value, *, wait=0.0):
    await asyncio.sleep(wait)
    return [item async for item in stream(value)]


async def stream(value):
    for item in range(value):
        yield item


# %% tags=["step:run"]
numbers = asyncio.run(later(limit))
with named("line") as label, suppress(KeyError):
    print(label)
while (count := len(numbers)) < 10:
    numbers.append(count)
match numbers:
    case [first, *_]:
        kind = "many"
    case _:
        first, kind = 0, "none"
try:
    ratio = numbers[1] / first
except ZeroDivisionError as error:
    print(error)
    ratio = 0.0
finally:
    print("done")
by_parity = {odd: [n for n in numbers if n % 2 == odd] for odd in (0, 1)}
steps = [lambda x, n=n: x + n for n in numbers]
total = sum(step(1) for step in steps)
if total > 5:
    verdict = "high"
else:
    verdict = "low"
text = f"{kind!r}: {total:>{limit}} {verdict}"
del steps

# %% tags=["metrics"]
checked = counted(fibonacci)(limit) + total
ratio_seen = ratio + len(by_parity[0]) + len(text)

# %% tags=["step:recipe"]
def fit(rows, parameters):
    return {"mean": rows.x.mean(0)}


def score(model, x, seen, judged):
    return np.abs(x - model["mean"])


recipe = Estimator("scopes", "Scopes", "1", None, fit, score, stacked=False)
