"""A plugin tried in an Andon on this machine, anew whenever one of its files is saved.

Each content becomes a version of its own, `0.1.0+dev.<digest>`, that is added to the catalogue and enabled for the
tenant of the key; the one before is taken out. What does not work leaves the one before in use.
"""

import hashlib
import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from andon_sdk.client import Client, ClientError
from andon_sdk.command import Refused
from andon_sdk.command.build import LEFT_OUT, build_into, name_of

EVERY_S = 0.5
_ENABLE = """mutation Try($input: EnablePluginInput!) { enablePlugin(input: $input) {
  ... on TenantPlugin { __typename formerVersion versions { version declares { hook keys } } }
  ... on Error { __typename code message } } }"""
_DISABLE = """mutation Leave($input: DisablePluginInput!) { disablePlugin(input: $input) {
  ... on TenantPlugin { __typename } ... on Error { __typename code message } } }"""
_USED = "query Used { plugins { name version enabled } }"


class Trial:
    """A plugin's folder, and the installation in which it is tried."""

    def __init__(self, project: Path, url: str, key: str, andon: str = "andon") -> None:
        self.project = project.resolve()
        self._client, self._andon = Client(url, key, patience_s=0.0), shlex.split(andon)
        self.name = name_of(self.project)
        self.version: str | None = None
        """In use by this trial."""
        self._before: tuple[bool, str | None] | None = None
        """Whether the tenant used the plugin before the trial, and which version."""

    def digest(self) -> str:
        """SHA-256 over names and contents of the files that make the wheel."""
        found = hashlib.sha256()
        for folder, folders, files in os.walk(self.project):
            left_out = LEFT_OUT(folder, [*folders, *files])
            folders[:] = sorted(set(folders) - left_out)
            for name in sorted(set(files) - left_out):
                path = Path(folder, name)
                found.update(f"{path.relative_to(self.project)}\0".encode())
                found.update(hashlib.sha256(path.read_bytes()).digest())
        return found.hexdigest()

    def put(self, digest: str) -> dict[str, list[str]]:
        """Builds, adds and enables it, and answers the keys it declares by hook. Raises `Refused`."""
        kept = self._kept()
        if self._before is None:
            self._before = self._used()
        with TemporaryDirectory() as folder:
            wheel = build_into(Path(folder), self.project, f"+dev.{digest[:12]}")
            version = wheel.name.split("-")[1]
            if (self.name, version) not in kept:
                self._command("add", str(wheel), "--allow-unsigned")
        try:
            answer = self._ask(_ENABLE, plugin=self.name, version=version)
        except Refused:
            if version != self.version:
                self._command("remove", self.name, version)
            raise
        before, self.version = self.version, version
        if before is not None and before != version:
            self._command("remove", self.name, before)
        [declared] = [each["declares"] for each in answer["versions"] if each["version"] == version]
        return {each["hook"]: each["keys"] for each in declared}

    def leave(self) -> None:
        """Makes the tenant use what it used before, and takes the tried version out of the catalogue."""
        if self.version is None or self._before is None:
            return
        enabled, version = self._before
        if enabled and version is not None:
            self._ask(_ENABLE, plugin=self.name, version=version)
        else:
            self._ask(_DISABLE, plugin=self.name)
        self._command("remove", self.name, self.version)
        self.version = None

    def _used(self) -> tuple[bool, str | None]:
        for each in self._reached(lambda: self._client.query(_USED))["plugins"]:
            if each["name"] == self.name:
                return each["enabled"], each["version"]
        return False, None

    def _ask(self, document: str, **input: Any) -> dict[str, Any]:
        return self._reached(lambda: self._client.mutate(document, input=input))

    def _reached(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            return ask()
        except ClientError as error:
            raise Refused(str(error)) from error

    def _kept(self) -> set[tuple[str, str]]:
        return {(each["name"], each["version"]) for each in json.loads(self._command("list"))}

    def _command(self, *arguments: str) -> str:
        """What `andon plugin` printed. Raises `Refused` with what it complained of."""
        try:
            done = subprocess.run(  # noqa: S603 - the command that the person named
                [*self._andon, "plugin", *arguments, "--json"], capture_output=True, text=True, check=False
            )
        except FileNotFoundError as error:
            raise Refused(
                f"There is no command {self._andon[0]} here. --andon names that of the installation, such as "
                "/opt/andon/.venv/bin/andon: a plugin is tried where the platform runs."
            ) from error
        if done.returncode:
            raise Refused(_complaint(done.stdout) or done.stderr[-2000:].strip())
        return done.stdout


def watch(trial: Trial, *, once: bool = False, say: Callable[[str], None] = print) -> int:
    """Puts the plugin there, and again whenever it changed, until interrupted; then everything is as it was. `once`
    ends after the first time, with 1 when it failed, and leaves the plugin where it is."""
    tried = ""
    try:
        while True:
            digest = trial.digest()
            if digest != tried:
                tried, worked = digest, _try(trial, digest, say)
                if once:
                    return 0 if worked else 1
            time.sleep(EVERY_S)
    except KeyboardInterrupt:
        if trial.version is not None:
            trial.leave()
            say("The tenant uses what it used before.")
        return 0


def _try(trial: Trial, digest: str, say: Callable[[str], None]) -> bool:
    begun = time.monotonic()
    try:
        declared = trial.put(digest)
    except Refused as error:
        stays = f"\n{trial.version} stays in use." if trial.version else ""
        say(f"{error}{stays}")
        return False
    say(f"{trial.name} {trial.version} is in use after {time.monotonic() - begun:.1f} s:")
    for hook, keys in sorted(declared.items()):
        say(f"  {hook}: {', '.join(keys)}")
    return True


def _complaint(printed: str) -> str:
    try:
        return str(json.loads(printed)["error"])
    except (ValueError, KeyError, TypeError):
        return printed.strip()
