"""Log-in of members by a provider of identity of their own house: OpenID Connect, authorization code with PKCE.

We own which providers a tenant trusts, log-ins that are under way, and which person of a provider is which member. An
issuer's word counts only in the tenant that bound it. Members, invitations and sessions are tenancy's: we never make a
member whom no admin added or invited.

Words: *provider* (of identity; an issuer that a tenant bound), *issuer* (its address), *subject* (how it names a
person, for ever), *attempt* (a log-in under way, good once), *identity* (issuer and subject, bound to a member).
"""
