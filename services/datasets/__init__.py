"""Dataset snapshots: rows of history frozen into immutable, content-addressed Parquet, all that training ever reads.

Owns: snapshot rows (Postgres) and the objects under `snapshots/` in the tenant's bucket. Never changes a value, never
deletes a snapshot a version was trained on, never reads the stream.

Words: *digest* (SHA-256 over the content in order of asset and time: the same rows give the same digest, however they
arrived and however they are cut into parts), *manifest* (what a snapshot holds, and the digest of each asset's rows),
*part* (a Parquet file of whole assets).

`reader` is for the training cluster: it needs pyarrow, numpy and an object client, no database.
"""
