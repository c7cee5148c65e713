"""The line of models of every asset: immutable versions with their lineage, and the aliases that point at them.

Owns versions, their numbers and aliases. Never trains, never judges and never serves: who calls `register` vouches that
the version passed its gates. An artefact is referred to by digest; its bytes live in the tenant's bucket.

Words: *version* (one immutable member of an asset's line), *champion* and *challenger* (aliases), *lineage* (all that
made a version).

News: `registry.challenger_set` with `asset_ids` and `version_ids`, two lists of the same order.
"""
