"""What cutting a file may cost, and how large its pieces are."""

PIECE_ROWS = 50_000
PIECE_CELLS = 4_000_000
PIECE_BYTES = 16 * 1024 * 1024
"""Of a piece of CSV; the door takes four times as much."""
LINE_BYTES = 1024 * 1024
COLUMNS = 4_096
MOST_INFLATION = 200
"""Bytes that come out of one byte of gzip. Readings as CSV give 3 to 30."""
INFLATED_ANYWAY = 64 * 1024 * 1024
"""So much may come out of any file."""
ARROW_MESSAGES = 1_000_000
DICTIONARY_BYTES = 8 * 1024 * 1024
FOOTER_BYTES = 32 * 1024 * 1024
"""Of the metadata at the end of a Parquet file."""
ROW_GROUPS = 20_000
MEMORY_BYTES = 1536 * 1024 * 1024
"""Of address space, beyond what the process has when it begins."""
CPU_S = 3_600
SILENCE_S = 120.0
"""After which a child that makes no piece is given up."""


class NotCuttable(Exception):
    """The file is not what it was called, or asks for too much; the message is for who sent it."""
