"""The way of a reading: the door that checks it, the stream that keeps it, the historian that files it, the trend that
shows it.

Owns: quarantined rows and ingest receipts (Postgres), the history and score tables (Delta, in the tenant's bucket).
Never trains, scores or judges a value beyond its contract; never changes a value except by converting its unit.

Words: *body* (what a client sent in one request), *verdict* (one thing wrong with one row), *quarantine* (bad rows kept
with their reasons), *history* (a contract's readings as a Delta table), *historian* (the one writer of a table).
"""
