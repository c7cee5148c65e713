"""The door: a body becomes a checked Arrow batch and a list of verdicts. No I/O; time and contract are passed in."""
