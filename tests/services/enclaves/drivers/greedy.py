"""A driver that takes of the machine what `appetite.json` beside it says, once it says disk, memory or processes."""

import json
import subprocess
import sys
import time
from pathlib import Path

from services.enclaves.box.config import HOME, State, say

MIB = bytes(1024 * 1024)
file = Path(__file__).with_name("appetite.json")
held = []
say(State.READY, "hungry")
while (appetite := json.loads(file.read_text()))["of"] == "nothing":
    time.sleep(0.1)
match appetite["of"]:
    case "disk":
        with (HOME / "hoard").open("wb") as hoard:
            hoard.write(MIB * appetite["mib"])
    case "memory":
        held.append(bytearray(b"x") * (appetite["mib"] << 20))
    case "processes":
        held += [subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"]) for _ in range(200)]
time.sleep(600)
