"""Cuts a file that somebody sent into pieces that the door takes. Runs in a process of its own, see `__main__`."""
