"""A plugin whose one blueprint tries, from where models are trained, whatever its author should not be able to.

What it is to try stands in a file beside it; what it got is the message of the error that it ends with.
"""

from pathlib import Path

from presses import write_distribution

BLUEPRINT = "burglar"
TARGETS = "targets.json"

PLUGIN = """
import json, os, pathlib, socket, subprocess
import minio
import minio.error
from torch import nn
from andon_sdk.plugin import Blueprint, Threshold, hook

HERE = pathlib.Path(__file__).parent

def connect(address):
    with socket.create_connection(address, 1):
        return True

def read(path):
    path = pathlib.Path(path)
    return bool(list(path.iterdir()) if path.is_dir() else path.read_bytes())

def write(folder):
    return bool((pathlib.Path(folder) / "burglar").write_text("was here"))

def bucket(name):
    own = json.loads(pathlib.Path("/run/enclave/enclave.json").read_text())
    list(minio.Minio("127.0.0.1:8333", own["access_key"], own["secret_key"], secure=False).list_objects(name))
    return True

def process(name):
    return any(name.encode() in each.read_bytes() for each in pathlib.Path("/proc").glob("[0-9]*/cmdline"))

def variable(word):
    return any(word in name for name in os.environ)

def command(line):
    return subprocess.run(line, capture_output=True).returncode == 0

DO = {each.__name__: each for each in (connect, read, write, bucket, process, variable, command)}

def worked(target):
    try:
        return DO[target["do"]](target["with"])
    except (OSError, minio.error.MinioException):  # refused; whatever else is raised is a mistake of the test's
        return False

class Burglar(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        targets = json.loads((HERE / "targets.json").read_text())
        raise RuntimeError("worked: " + ", ".join(target["name"] for target in targets if worked(target)))

def loss(output, x, present):
    return output.sum()

def score(output, x, present):
    return output

@hook
def blueprints():
    return [Blueprint("burglar", "Burglar", "1", None, Burglar, loss, score, threshold=Threshold(smooth_rows=5))]
"""


def write_burglar(folder: Path) -> Path:
    return write_distribution(folder, "andon-test-burglar", "andon_test_burglar", PLUGIN)
