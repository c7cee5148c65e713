"""What every service stands on: identity of the tenant, ids, rights, the unit of work, the outbox, errors, time.

Owns no business fact. Never knows HTTP, GraphQL, Ray or a plugin. `wire` and `subjects` hold the formats that cross
between the services and the clusters; they import neither the database nor a service.

Words: *tenant* (the isolated customer), *principal* (who acts), *unit of work* (one transaction of one tenant),
*outbox* (news and jobs written in that transaction and delivered after it).
"""
