"""Partner code in processes of its own, and which of it each tenant uses.

Owns the boxes in which plugins are asked what they declare, what is remembered of their answers and of their faults,
the catalogue of packages that the platform's operator added, and a kind of row: what a tenant enabled, with settings
and sealed secrets. Never imports a plugin's module; only a tenant's own clusters do that. `digest` is used there too,
so it imports no database.

Words: *plugin* (a distribution that extends Andon), *core* (one that is installed with Andon), *package* (a wheel in
the catalogue), *declarations* (all that a plugin's hooks answered), *fault* (something a plugin did that it must not).
"""
