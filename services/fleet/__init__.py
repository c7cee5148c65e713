"""The fleet engine: many small models as one tensor program.

We own the numerics of stacked models: preparing rows (`prepare`), training main and fallback models of all assets
together (`train`), fitting those that need no training (`fit`), thresholds that belong to masks (`thresholds`), scoring
mixed rows of many assets (`score`), the numbers gates judge (`gates`), the classical reference they are held
against (`reference`), the pack that carries models between clusters (`artefact`), and the rows by which a model shows
that it answers as it did where it was trained (`replay`, `golden`).

We never know a tenant, a database or Ray, and never loop over assets or rows in Python where their number matters.

Our words: a *stack* holds the weights of many modules of one shape; a *slot* is a model version of an asset in a
scorer; a *mask* says which signals a row may use; a *route* which model answers it; *levels* are what a mask does to a
model: threshold, typical score, detection power.
"""
