"""The built portal: files with a digest in their name are kept for ever, `index.html` is asked for anew each time."""

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from gateway.errors import RouteNotFound
from gateway.state import Gateway

_HASHED = re.compile(r"app/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+")
_TAKEN = ("graphql", "v1", "login", "healthz", "metrics")
"""First parts of addresses that are not the portal's."""
_FOR_EVER = "public, max-age=31536000, immutable"


async def portal(request: Request) -> Response:
    """A file of the portal, or its page for any other address: the portal finds its way by the path itself.

    The page says `<base href="/">`; served under a base path, it is told that path here.
    """
    gateway: Gateway = request.app.state.gateway
    name = request.path_params["path"]
    files = _files(gateway.settings.portal)
    if name in files and name != "index.html":
        cache = _FOR_EVER if _HASHED.fullmatch(name) else "no-cache"
        return FileResponse(files[name], headers={"Cache-Control": cache})
    if name.partition("/")[0] in ("app", *_TAKEN) or "index.html" not in files:
        raise RouteNotFound("There is nothing at this address.")
    return _page(files["index.html"], gateway.settings.base_path)


def _page(index: Path, base_path: str) -> Response:
    """The page, told under which path it is served: the portal resolves every address against `<base>`."""
    text = index.read_text("utf-8").replace('<base href="/"', f'<base href="{base_path}/"', 1)
    return HTMLResponse(text, headers={"Cache-Control": "no-cache"})


def _files(folder: Path) -> dict[str, Path]:
    """Every file by its name. Looking a name up cannot leave the folder, whatever the name holds."""
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
