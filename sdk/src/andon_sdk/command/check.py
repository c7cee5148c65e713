"""The conformance kit and a plugin's own tests, each in a process that is ended when it hangs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Timer

from andon_sdk.command import Refused
from andon_sdk.testing.finding import Finding
from andon_sdk.testing.kit import CHECKS

CHECK_SECONDS, TESTS_SECONDS = 120.0, 600.0
_NONE_COLLECTED = 5


def report(project: Path, *, own_tests: bool = True, as_json: bool = False) -> int:
    """Prints findings; 1 if there are any."""
    if not (project / "pyproject.toml").is_file():
        raise Refused(f"{project.resolve()} has no pyproject.toml: name a plugin's folder; andon-sdk new makes one.")
    findings = list(examined(project.resolve()))
    if own_tests and not findings:
        findings += tested(project.resolve())
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings, own_tests)
    return 1 if findings else 0


def examined(project: Path, seconds: float = CHECK_SECONDS) -> Iterator[Finding]:
    """What the kit finds. A check that hangs or ends the process is a finding, and the last."""
    check, over = "loading", False
    with _process([sys.executable, "-m", "andon_sdk.testing", str(project)], project) as child:
        assert child.stdout is not None
        timer = _timer(child, seconds)
        for line in child.stdout:
            told = json.loads(line)
            if "begin" in told:
                timer.cancel()
                check, timer = told["begin"], _timer(child, seconds)
            over = "end" in told
            if "finding" in told:
                yield Finding(**told["finding"])
        child.wait()
        timer.cancel()
    if not over:
        hung = child.returncode == -signal.SIGKILL
        said = (
            f"It was ended after {seconds:.0f} s, or for its memory."
            if hung
            else f"It ended Python ({child.returncode})."
        )
        yield Finding(check, project.name, said, "Nothing that is declared may wait, or end the process it runs in.")


def tested(project: Path) -> Iterator[Finding]:
    """Runs the plugin's own tests without a network."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "andon_sdk.testing.offline",
        "-p",
        "no:cacheprovider",
        "-k",
        "not test_it_conforms",  # the kit's own, which have just been run
        "tests",
    ]
    with _process(command, project) as child:
        timer = _timer(child, TESTS_SECONDS)
        told, _ = child.communicate()
        timer.cancel()
    if child.returncode == _NONE_COLLECTED:
        yield Finding(
            "tests", "tests", "pytest found no test beside the kit's.", "Name files test_….py and functions test_…."
        )
    elif child.returncode:
        yield Finding(
            "tests", "tests", f"Its own tests fail:\n{told[-2000:].strip()}", "Run pytest in the plugin's folder."
        )


def _process(command: list[str], project: Path) -> "subprocess.Popen[str]":
    """Its sources come first on the path, so that they are tested and not what is installed."""
    source = project / "src" if (project / "src").is_dir() else project
    paths = os.pathsep.join(part for part in (str(source), os.environ.get("PYTHONPATH")) if part)
    threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2")}
    return subprocess.Popen(  # noqa: S603 - our own arguments
        command,
        cwd=project,
        env=os.environ | threads | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )


def _timer(child: "subprocess.Popen[str]", seconds: float) -> Timer:
    """Ends the process and all it started when the time is over."""
    timer = Timer(seconds, lambda: os.killpg(child.pid, signal.SIGKILL))
    timer.daemon = True
    timer.start()
    return timer


def _print(findings: list[Finding], own_tests: bool) -> None:
    for finding in findings:
        print(f"✗ {finding.check}: {finding.where}\n    {finding.what}\n    Fix: {finding.fix}")
    if findings:
        print(f"\n{len(findings)} {'finding' if len(findings) == 1 else 'findings'}.")
    else:
        print(f"✓ {len(CHECKS)} checks passed{', and its own tests' if own_tests else ''}.")
