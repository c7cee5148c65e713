"""The plant: sites, lines, assets, what their rows look like, and what happened to them.

We own contracts (what a row is, in versions), assets (each bound to a contract, with labels) and events (facts in the
past tense); regimes follow from events. We never hold a reading.

Words: *site > line > asset*, *label*, *contract*, *signal*, *event*, *regime* (see `docs/words.md`).
"""
