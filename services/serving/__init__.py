"""Which model version serves which asset, and the way to a score.

Owns: deployments (champion and the one before), shadows, the generation that a tenant's serving cluster should be at
and the one it is at. Never trains, judges gates, or raises alarms; never decides whether a version is good: a version
exists only because it passed its gates.

Wanted state is rows. `promote` writes them in one transaction; the job `serving.publish_wanted` sends the whole
wanted state of the tenant to its cluster, and the consumer `serving.applied` writes down what the cluster made of it.
`cluster/` is what runs inside the serving cluster, without a database credential.

Words: *champion* (answers), *shadow* (scores the same rows and answers nobody), *generation* (counts the changes of a
tenant's wanted state), *refusal* (why the cluster did not take a version; the one before goes on answering).
"""
