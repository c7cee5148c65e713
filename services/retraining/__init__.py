"""Standing wishes to retrain: by schedule, after a regime changed, after a flood of alarms, while signals drift.

Owns plans and their occasions. A plan says for which assets, when, over how many days, and who promotes; each time its
wish came up for an asset is an occasion, told once, with what became of it.

Never trains, judges or scores: verdicts are of suitability, runs and gates of training, champions of serving, regimes
of events, alarms of monitoring, drift of drift.

Words: *plan* (a standing wish to retrain), *occasion* (one time it came up, for one asset).
"""
