"""The audit trail: who did what to which object, with what was there before and after.

Written by the database itself (`infra/migrations/audit.py`), in the transaction that made the change; read, exported
and verified here. Nothing here writes it.

Words: *record* (one transaction: actor, action, time, number, digest), *change* (one object in it), *head* (the newest
record of a tenant), *anchor* (a head as it was, kept outside the database).
"""
