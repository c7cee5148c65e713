"""What a tenant has to itself: a stream account, a bucket, credentials that reach only these, two Ray clusters.

We own the names, the secrets (encrypted at rest), what each stream user may do, and which clusters are wanted. Wanted
state is rows; `api.reconcile` brings the world to it, as often as it likes. Who really makes accounts, buckets and
boxes stands behind three ports (`provisioner`): servers and a supervisor of this machine (`infra.local`), or somebody's
servers (`infra.outside`).
We never look into a stream, a bucket or a cluster; services above do.

`box/` is what runs inside a cluster's box: no database, no other tenant, no network.

Words: *enclave* (all of it), *stream user* (a login of the account with rights of its own), *box* (the walls around a
cluster), *driver* (the one program that leads the cluster).
"""
