"""Capsules: all that reproduces one score of production, in one file, and the proof that it does.

Owns the list of capsules of a tenant and their files in its bucket, until their end. Finds the rows that a score
reaches back to, never scores them: a tenant's serving cluster does, or whoever has the file and Andon's environment.

Words: *capsule* (rows, answers, models and environment of one score), *reach* (the rows after which what scoring
remembers is exact), *reproduced* (scored again with every bit the same), *kept* (has no end until it is removed).
"""
