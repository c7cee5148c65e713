"""Checks a project in a process of its own: `python -m andon_sdk.testing PROJECT` tells each check and finding as a
line of JSON. The parent, `andon_sdk.command.check`, ends it when a check hangs."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from andon_sdk.plugin.loading import PluginError
from andon_sdk.testing.finding import Finding
from andon_sdk.testing.kit import CHECKS, examine
from andon_sdk.testing.subject import NoPlugin, Subject
from andon_sdk.testing.watching import without_network


def main(project: Path) -> None:
    """Whatever the plugin prints goes to stderr, so that it cannot be taken for a finding."""
    told = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    without_network()
    print(json.dumps({"begin": "loading"}), file=told)
    try:
        subject = Subject.of_project(project)
    except (PluginError, NoPlugin) as error:
        finding = Finding(
            "loading", project.name, str(error)[:500], "Nothing else can be checked before that is right."
        )
        print(json.dumps({"finding": asdict(finding)}), file=told)
    else:
        for check in CHECKS:
            print(json.dumps({"begin": check}), file=told)
            for finding in examine(subject, check):
                print(json.dumps({"finding": asdict(finding)}), file=told)
    print(json.dumps({"end": True}), file=told)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
