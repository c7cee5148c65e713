# %% tags=["imports"]
import sqlite3
import threading

import torch
from andon_sdk.plugin import Estimator

# %% tags=["step:open"]
lines = open("gearbox.csv")  # finds: not-handed-over
connection = sqlite3.connect("gearbox.db")  # finds: not-handed-over
squares = (n * n for n in range(10))  # finds: not-handed-over
lock = threading.Lock()  # finds: not-handed-over
double = lambda x: 2 * x  # finds: not-handed-over
pairs = zip("ab", [1, 2])  # finds: not-handed-over
jobs = {"one": lambda: 1}  # finds: not-handed-over


def batches(n):
    for at in range(n):
        yield at


turns = batches(3)  # finds: not-handed-over
worker = threading.Thread(target=print)
import statistics  # finds: import-in-step

# %% tags=["step:use"]
with lock:
    told = [line for line in lines], sum(squares), double(2), list(pairs), list(turns), jobs["one"]()
    found = connection.execute("select 1").fetchall()
    middle = statistics.median([1, 2])

# %% tags=["metrics"]
count = len(told) + len(found) + middle

# %% tags=["step:recipe"]
recipe = Estimator("gearbox", "Gearbox", "1", None, None, None, stacked=True)
