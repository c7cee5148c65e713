"""The Skoltech Anomaly Benchmark (SKAB) as a customer would meet it: every step through the public API.

Each file of the valve groups is an asset. Its rows 0-399 train a model; the others are replayed through the door as a
stream, once with all sensors and several times with some of them silent. Scores are causal: those of a row depend on no
later row.
"""
