"""Which blueprints, contracts, alarm rules and demo plants are installed, by which plugin, and what earlier ones said.

What is installed is what the environment holds, told apart by the digest of each plugin's files. Owns one kind of row:
blueprint versions, what a blueprint declared when a run of the tenant first used it. Never trains or scores. `host`,
`environment` and `parameters` are also used inside the clusters, so they import no database.

Words: *plugin* (a distribution that extends Andon), *hook* (a function it may implement), *blueprint* (a recipe for the
model of one asset), *parameter* (a number of a blueprint that an engineer may override), *declaration* (all that a
blueprint says of itself, as plain JSON).
"""
