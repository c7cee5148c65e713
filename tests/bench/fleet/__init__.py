"""Fleets against their peers and against what the machine can do. See docs/reference/benchmarks.md.

make bench-fleet OPTIONS="--pairs 3 --only scoring packs"
"""
