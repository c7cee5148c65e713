"""Tenants, members, roles, sessions and API keys.

We own who someone is and which tenant they belong to. We never know what they do there: services ask the principal.
Secrets (passwords, tokens, keys) are stored as digests only; what is shown once cannot be shown again.

Words: *tenant*, *member*, *role*, *session* (a signed-in browser), *login link* (opens one session, once), *invitation*
(makes a member, once), *API key*.
"""
