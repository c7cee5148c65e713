"""Suitability: how well a range that a person picked suits for retraining, and which range near it would suit better.

Owns factors, verdicts and what was judged of the range of each run. Never changes a row, never trains, never runs a
plugin's code: a factor of a plugin is a declaration that we compute.

History is read once into *buckets* of time (`buckets`), of which everything is known that a factor asks: `study` looks
at the buckets as a whole (what is abnormal, which regimes there are, which units and clocks are doubtful), and
`factors` answers any number of ranges at once from running sums. `judge` says the verdicts.

Words: *factor* (one value with the limits it is held against), *care* and *refuse* (the two limits), *verdict* (fits,
fits with care, does not fit), *recent production* (the last days of the history, which a model must know).

`buckets`, `outliers`, `regimes`, `doubts`, `study`, `factors`, `search` and `judge` know arrays only: no database, no
tenant, no clock.
"""
