"""The loop ledger: how long each loop took, from a change of a machine to a champion that knows it, and where it went.

We own loops and the facts about champions that they need (which version became champion when, and what was taken back).
We never change an event, an alarm, a run or a champion. A loop is derived anew from facts at each piece of news, so
what is told late, twice or taken back leads to the rows that it would have led to at once.

Words: *loop, ledger*; the stages *observe* (changed until noticed), *orient* (noticed until data is chosen), *decide*
(chosen until the gates are passed) and *act* (passed until the champion is live). A *step back* is a return to an
earlier stage.
"""
