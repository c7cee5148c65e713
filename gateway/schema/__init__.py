"""The GraphQL schema: a projection of the services' contracts with edges, a module per service.

`schema.root.build()` makes it; `gateway/schema.graphql` is its printed form, and a test holds the two together.
"""
