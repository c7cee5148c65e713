"""The plant: sites, lines, assets and what their rows look like.

We own contracts (what a row is, in versions) and assets (each bound to a contract, with labels). What happened to
them is the service `events`'. We never hold a reading.

Words: *site > line > asset*, *label*, *contract*, *signal* (see `docs/words.md`).
"""
