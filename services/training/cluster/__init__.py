"""What runs inside a tenant's training cluster: the driver, and the loop its workers run.

Knows the stream, the bucket and the fleet engine; holds no database credential and imports nothing that could use one.

Words: *driver* (the one process that takes commands), *worker* (a process of the cluster that trains), *block* (assets
trained as one stacked program; its result in the bucket is the checkpoint), *board* (where workers say how far they
are).
"""
