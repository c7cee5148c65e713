"""Rows in files, in and out, and the one list of all long work.

Owns: staged files (parts in the tenant's bucket until they are imported or expire), imports and exports with their
pieces and rejected rows. Never judges a row itself: the door of `readings` does, exactly as for a body of
`POST /v1/ingest`. Never opens a file that somebody sent in its own process: a child with little memory cuts it.

Words: *job* (long work that somebody asked for and may wait for: a run, a rollout, an import, an export), *transfer*
(an import or an export), *staged file* (what was uploaded and is not imported yet), *piece* (so many rows of a transfer
that are done together, or not at all), *rejected* (a row that was quarantined or refused).
"""
