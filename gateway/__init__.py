"""The only code that knows HTTP or GraphQL.

Authenticates, finds the tenant in the credential (never in an argument), calls the services' `api.py` and commits at
the edge. Holds no business rule, no SQL and no state beside one process's caches.

    app        routes and lifespan            relay     opaque ids and signed cursors
    context    principal, units, loaders      limits    what a query may cost, before it is validated
    errors     domain errors → answers        schema/   a module per service, printed to `schema.graphql`
    http       sessions and health            ingest, trend, score   bulk ways in and out (Arrow, not JSON)
    graphql, socket   the two transports      telemetry traces, metrics, access log
"""
