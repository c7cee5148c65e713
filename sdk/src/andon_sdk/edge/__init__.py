"""`andon-edge`: one process at the plant that runs connectors and sends what they read. It listens on nothing.

A reading's way: `pump` opens a source and takes its batches; `assemble` scales them, leaves out what a dead-band covers
and forms rows of a contract; `outbox` has them on disk before the source may forget them; `sender` brings them to
Andon's door, each block with a key made of its content, so that what is sent again is never counted twice.
"""
