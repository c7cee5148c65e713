"""What the door takes at most. Every limit is checked before the memory it protects is spent."""

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Of a body as it came, and of a body after inflation: a gzip bomb ends here."""
MAX_ROWS = 200_000
MAX_COLUMNS = 4_096
MAX_CELLS = 16_000_000
"""Rows × columns, as they would stand in memory (8 bytes each): a short body may otherwise name a huge table."""
MAX_ARROW_MESSAGES = 4_096
MAX_VERDICTS = 100
"""Verdicts answered; all are counted."""
MAX_QUARANTINED = 1_000
"""Bad rows of one body kept for reading; further ones are refused."""
MAX_CONTENT_CHARS = 4_096
"""Of a quarantined row."""
