"""A driver that says its last words, until a file tells it to live."""

import time
from pathlib import Path

from services.enclaves.box.config import State, idle, say

if not Path("/run/box/live").exists():
    raise SystemExit("the tensors are of another shape")
say(State.READY)
idle("waiting for work")
time.sleep(600)
