"""The first program in a workbench's box: joins sockets, runs JupyterLab, says how it is and since when it is idle.

It ends, and with it the box, when JupyterLab does. Nothing is started again here: the member is told why, and asks.
"""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from urllib.error import URLError
from urllib.request import Request, urlopen

from services.enclaves.box import config as box
from services.enclaves.box.config import State, say
from services.enclaves.box.entry import SCORE_FD, BoxEnds, last_words
from services.enclaves.box.forward import listen_tcp, serve
from services.kernel.niceness import go_after_others
from services.workbench.box import config
from services.workbench.box.config import LAB_LOG, MEMBER, MEMBER_HOME, TOKEN, WorkbenchConfig
from services.workbench.box.home import gallery, make_ready

_PROBE_S, _LOOK_S, _ANSWER_S = 0.1, 5.0, 5.0
_START_S = 90.0

CONFIGURATION = box.HOME / "jupyter"
PAGE = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
"""News and updates would be fetched from the network, which is not there."""
ARGUMENTS = (
    f"--ServerApp.root_dir={MEMBER_HOME}",
    "--ServerApp.ip=127.0.0.1",
    f"--ServerApp.port={config.LAB_PORT}",
    "--ServerApp.port_retries=0",
    "--ServerApp.open_browser=False",
    "--ServerApp.quit_button=False",
    "--ServerApp.allow_remote_access=True",  # the gateway's name; a token is asked for whatever the name
    "--ServerApp.identity_provider_class=services.workbench.box.identity.GatewayIdentity",
    '--ServerApp.terminado_settings={"shell_command": ["/bin/bash"]}',
    "--FileContentsManager.delete_to_trash=False",
    "--LabApp.extension_manager=readonly",
)


class Use:
    """Who looks at the workbench, and when somebody did last."""

    def __init__(self) -> None:
        self.open = 0
        self.last = time.time()

    def counted(self, change: int) -> None:
        self.open += change
        self.last = time.time()


async def run(given: WorkbenchConfig) -> None:
    """Raises `BoxEnds`."""
    use = Use()
    await _join_sockets(use)
    say(State.STARTING, "making the folder ready")
    make_ready(MEMBER_HOME, gallery())
    page = CONFIGURATION / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps(PAGE))
    say(State.STARTING, "starting JupyterLab")
    with LAB_LOG.open("wb") as log:
        lab = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jupyterlab", *ARGUMENTS), env=environment(given), stdout=log, stderr=log
        )
    watching = asyncio.create_task(_watch(given.token, use))
    ended = asyncio.create_task(lab.wait())
    await asyncio.wait({watching, ended}, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        raise BoxEnds(f"JupyterLab ended with {ended.result()}. Its last words: {last_words(LAB_LOG)}")
    watching.result()  # it ends by an error only


def environment(given: WorkbenchConfig) -> dict[str, str]:
    """Of JupyterLab and of all that runs in it: how to reach the gateway, without typing anything."""
    return {
        **os.environ,
        "ANDON_URL": given.url,
        "ANDON_PORTAL_URL": given.portal,
        "ANDON_KEY": given.key,
        MEMBER: given.member,
        TOKEN: given.token,
        "JUPYTER_RUNTIME_DIR": str(box.HOME / "runtime"),
        "JUPYTER_CONFIG_PATH": str(CONFIGURATION),
        "SHELL": "/bin/bash",
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait leave the processor to others; results are the same
    }


async def _join_sockets(use: Use) -> None:
    await serve(listen_tcp(config.GATEWAY_PORT), str(box.ENCLAVE / "gateway.sock"))
    door = socket.socket(fileno=int(os.environ.pop(SCORE_FD)))
    os.set_inheritable(door.fileno(), False)
    door.setblocking(False)
    await serve(door, f"127.0.0.1:{config.LAB_PORT}", use.counted)


async def _watch(token: str, use: Use) -> None:
    """Says that JupyterLab is there once it answers, then since when nobody has looked and no kernel has worked.
    Raises `BoxEnds` when it does not come."""
    until = time.monotonic() + _START_S
    while (await asyncio.to_thread(_kernels, token)) is None:
        if time.monotonic() > until:
            raise BoxEnds(f"JupyterLab was not there within {_START_S:.0f} s. Its last words: {last_words(LAB_LOG)}")
        await asyncio.sleep(_PROBE_S)
    use.last = time.time()
    while True:
        if use.open or is_busy(await asyncio.to_thread(_kernels, token) or []):
            use.last = time.time()
            say(State.READY)
        else:
            say(State.READY, idle_since=use.last)
        await asyncio.sleep(_LOOK_S)


def is_busy(kernels: list[Mapping[str, object]]) -> bool:
    return any(kernel.get("execution_state") not in {"idle", "dead"} for kernel in kernels)


def _kernels(token: str) -> list[Mapping[str, object]] | None:
    """None while JupyterLab does not answer."""
    place = f"http://127.0.0.1:{config.LAB_PORT}/"
    headers = {"Authorization": f"token {token}", "Referer": place}
    request = Request(f"{place}api/kernels", headers=headers)  # noqa: S310  the loopback of this box
    try:
        with urlopen(request, timeout=_ANSWER_S) as answer:  # noqa: S310
            return json.load(answer)
    except (URLError, OSError, ValueError):
        return None


def main() -> None:
    os.umask(0o077)
    go_after_others(0)
    try:
        asyncio.run(run(WorkbenchConfig.load()))
    except BoxEnds as error:
        say(State.FAILED, str(error))
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
