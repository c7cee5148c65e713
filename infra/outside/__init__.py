"""Parts that somebody else runs, given by URL: how a tenant's account and bucket are made there.

`infra.local` holds the same for the parts that are started here; `infra.bootstrap` chooses.
"""
