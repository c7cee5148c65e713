"""A real JupyterLab in its box, through the real gateway: what a cell and a terminal reach, and what they do not."""

import json

import pytest

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(180)]

REACH = """
import json, socket
found = {}
for name, place in json.loads(%r).items():
    try:
        socket.create_connection(tuple(place), timeout=2).close()
        found[name] = "open"
    except OSError as error:
        found[name] = type(error).__name__
print(json.dumps(found))
"""
SEE = """
import importlib.util, json, os, pathlib
state, repository = %r, pathlib.Path(%r)
print(json.dumps({
    "state": os.path.exists(state), "shadow": os.path.exists("/etc/shadow"),
    "repository": sorted(os.listdir(repository)), "enclave": sorted(os.listdir("/run/enclave")),
    "homes": os.listdir("/home"), "known": sorted(name for name in os.environ if "ANDON" in name),
    "foreign": [name for name in os.environ if "DATABASE" in name or "NATS" in name or "S3" in name],
    "platform": [name for name in ("gateway", "infra") if importlib.util.find_spec(name)],
    "others": [pid for pid in os.listdir("/proc") if pid.isdigit() and
               b"postgres" in pathlib.Path("/proc", pid, "cmdline").read_bytes()],
}))
"""
WRITE = """
import pathlib
for place in ("/run/enclave/x", "/etc/x", "/usr/x", "/home/x", %r):
    try:
        pathlib.Path(place).write_text("x")
        print(place)
    except OSError:
        pass
"""
ASK = """
from andon_sdk.client import Client, Refused
with Client.from_environment() as andon:
    print(andon.query("{ tenant { slug } }")["tenant"]["slug"])
    for asked in ("{ apiKeys { id } }", "{ workbenches { id } }"):
        try:
            print(andon.query(asked))
        except Refused as refused:
            print(refused.code)
    made = andon.query("mutation { startWorkbench(input: {}) { __typename ... on Error { code } } }")
    print(made["startWorkbench"]["code"])
"""


async def test_neither_network_nor_anything_of_the_host_is_reached(desk, platform) -> None:
    ports = json.loads((platform.state.home / "ports.json").read_text())
    doors = {name: ["127.0.0.1", port] for name, port in ports.items()} | {
        "the gateway's socket": ["127.0.0.1", 8700],
        "elsewhere": ["192.0.2.1", 80],
    }
    found = json.loads(await desk.run(REACH % json.dumps(doors)))
    assert found.pop("the gateway's socket") == "open"
    assert found.pop("elsewhere") == "OSError"
    assert found == dict.fromkeys(ports, "ConnectionRefusedError")


async def test_nothing_of_others_is_seen(desk, platform) -> None:
    from infra.settings import REPOSITORY

    seen = json.loads(await desk.run(SEE % (str(platform.state.home), str(REPOSITORY))))
    assert set(seen.pop("repository")) <= {".venv", "plugins", "sdk", "services"}
    assert seen == {
        "state": False,
        "shadow": False,
        "enclave": ["gateway.sock", "workbench.json"],
        "homes": ["member"],
        "known": [
            "ANDON_KEY",
            "ANDON_MEMBER",
            "ANDON_PLUGINS_LEFT_OUT",
            "ANDON_PLUGIN_ENVIRONMENTS",
            "ANDON_PLUGIN_PATHS",
            "ANDON_PORTAL_URL",
            "ANDON_URL",
        ],
        "foreign": [],
        "platform": [],
        "others": [],
    }


async def test_only_the_members_folder_is_written(desk) -> None:
    from infra.settings import REPOSITORY

    assert await desk.run(WRITE % str(REPOSITORY / "sdk" / "x")) == ""


async def test_andon_is_asked_without_typing_anything_and_with_an_engineers_rights(desk, plant) -> None:
    assert await desk.run(ASK) == f"{plant.slug}\nFORBIDDEN\nFORBIDDEN\nFORBIDDEN\n"


async def test_a_terminal_runs_as_nobody_in_particular(desk) -> None:
    made = await desk.lab.post("/api/terminals", json={}, headers=desk.xsrf)
    name = made.json()["name"]
    said = ""
    async with desk.socket(f"/terminals/websocket/{name}") as terminal:
        await terminal.send(json.dumps(["stdin", "echo $((6*7)) $(id -u) $PWD\r"]))
        while "42 1000 /home/member" not in said:
            kind, *told = json.loads(await terminal.recv())
            said += "".join(told) if kind == "stdout" else ""


async def test_a_cell_starts_processes_and_walls_of_its_own(desk) -> None:
    code = (
        "from services.enclaves.box.walls import bubblewrap; import subprocess, sys\n"
        "print(subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True, text=True).stdout.strip())\n"
        "walls = [bubblewrap(), '--ro-bind', '/', '/', '--unshare-user', '--unshare-net', '--unshare-pid']\n"
        "print(subprocess.run([*walls, 'true'], capture_output=True).returncode)"
    )
    assert await desk.run(code) == "1\n0\n"


async def test_a_kernel_begins_with_the_sdks_extension(desk) -> None:
    assert await desk.run("import sys; print('andon_sdk.link' in sys.modules)") == "True\n"
