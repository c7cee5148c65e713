"""Which blueprints, contracts, alarm rules and demo plants are installed, and by which plugin.

Owns no row: what is installed is what the environment holds, told apart by the digest of each plugin's files. Never
trains or scores. `host` and `parameters` are also used inside the clusters, so they import no database.

Words: *plugin* (a distribution that extends Andon), *hook* (a function it may implement), *blueprint* (a recipe for the
model of one asset), *parameter* (a number of a blueprint that an engineer may override).
"""
