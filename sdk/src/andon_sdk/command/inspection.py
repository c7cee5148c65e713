"""What a wheel is, in words."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from andon_sdk.command import Refused
from andon_sdk.package import SigningRefused, State, inspect


def said(wheel: Path, trusted: Sequence[Path], *, as_json: bool) -> int:
    """Prints it; 1 for a wheel that should not be installed."""
    try:
        found = inspect(wheel, trusted)
    except SigningRefused as error:
        raise Refused(str(error)) from error
    if as_json:
        print(json.dumps(asdict(found), indent=2))
    else:
        print(f"{wheel}: {found.state}")
        for reason in found.reasons:
            print(f"    {reason}")
        if (manifest := found.manifest) is not None:
            print(f"    {manifest.title}: {manifest.summary}")
            print(f"    offers {', '.join(manifest.capabilities)}; reaches {', '.join(manifest.hosts) or 'no host'}")
    return 1 if found.state in {State.MODIFIED, State.INCOMPATIBLE} else 0
