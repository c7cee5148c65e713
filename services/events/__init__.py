"""What happened to machines, and the regimes that follow from it.

We own events (facts in the past tense, and event labels on ranges of time) and regimes (the times between events that
change an asset's normal, with how far each is on its way back to a model that fits). We never judge a reading, train
or raise an alarm: who has to act on a new regime hears of it as news.

An event is corrected or retracted, never deleted: what it said before is kept. Regimes are derived anew from the
events at each change, so a fact that is told late, corrected or taken back leads to the rows that it would have led to
at once.

Words: *event*, *event label*, *regime*, *recovery* (see `docs/words.md`).
"""
