"""Pure rules of the plant: contracts as content, what a new version may change."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from andon_sdk.plugin import Contract, Importance, Signal
from services.assets.contracts import NewAsset
from services.assets.errors import AssetInvalid, ContractNarrowed

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def contract_to_json(contract: Contract) -> dict[str, Any]:
    signals = [
        {
            "key": signal.key,
            "title": signal.title,
            "unit": signal.unit,
            "low": signal.low,
            "high": signal.high,
            "importance": signal.importance.value,
            "exogenous": signal.exogenous,
        }
        for signal in contract.signals
    ]
    return {"key": contract.key, "title": contract.title, "period_s": contract.period_s, "signals": signals}


def contract_from_json(body: Mapping[str, Any]) -> Contract:
    signals = tuple(Signal(**{**signal, "importance": Importance(signal["importance"])}) for signal in body["signals"])
    return Contract(key=body["key"], title=body["title"], signals=signals, period_s=body["period_s"])


def contract_digest(contract: Contract) -> str:
    """SHA-256 of the content; equal for equal contracts."""
    return hashlib.sha256(json.dumps(contract_to_json(contract), sort_keys=True).encode()).hexdigest()


def check_successor(old: Contract, new: Contract) -> None:
    """A new version may append signals and change titles, ranges, importance, what is exogenous, and period.

    Stored rows keep their columns' names, order and units, so those must stay. Raises `ContractNarrowed`.
    """
    before = [(signal.key, signal.unit) for signal in old.signals]
    after = [(signal.key, signal.unit) for signal in new.signals][: len(before)]
    for (key, unit), successor in zip(before, [*after, *[None] * (len(before) - len(after))], strict=True):
        if successor != (key, unit):
            raise ContractNarrowed(
                f"Contract “{old.key}” has stored rows whose signal “{key}” [{unit}] the new version drops, moves or"
                " measures in another unit. Append new signals after the old ones, or make a contract of another key.",
                field="signals",
                signal=key,
            )


def check_new_asset(new: NewAsset) -> None:
    if not _KEY.fullmatch(new.key):
        raise AssetInvalid(
            f"“{new.key}” cannot be an asset's key: 1 to 64 letters, digits or . _ : -, a letter or digit first.",
            field="key",
        )
    for field in ("title", "site", "line"):
        if not 1 <= len(getattr(new, field).strip()) <= 200:
            raise AssetInvalid(f"The {field} of asset “{new.key}” needs 1 to 200 characters.", field=field)
