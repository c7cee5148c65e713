"""What a tenant may ask of the installation in a time, so that nobody's haste is another's wait.

A *budget* is of one thing (requests, cost of queries, rows) and refills all the time; a *quota* is its size: so much a
second, so much at once. Processes take from budgets in their own memory and tell each other here, in the background.

Words: *budget*, *quota*, *use* (what is taken and has not refilled yet).
"""
