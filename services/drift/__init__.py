"""Whether machines still run as they did when their models were trained.

Owns, for each asset with a champion, what its signals and scores were like in the range the champion was trained on,
and what the newest look found: a figure for each signal, its limit, and since when it is over it.

Never judges a machine (that is the model's score) nor a range for training (that is suitability), and never trains.

Words: *look* (one comparison of the newest rows with the reference), *block* (a stretch of time as long as the newest
rows that are compared), *reference* (the rows of the range the champion was trained on; for scores, its first blocks in
production), *silent* (a signal that cannot be compared).
"""
