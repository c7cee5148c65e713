"""The recording sent, learned from, replayed and judged, every step through the public API.

The arm stands twice in the tenant, with the same rows: of the one nobody says anything, of the other somebody labelled
what the controller reported in the earlier rows. Both learn from the earlier rows and answer the later ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import polars as pl

from andon_sdk.client import Client, Refused
from andon_sdk.plugin import Contract
from infra.demo.arm.data import Recording, read
from infra.demo.documents import (
    ASSET,
    CREATE_ASSETS,
    PROMOTE,
    PUT_CONTRACT,
    RECORD_EVENTS,
    RUN,
    START_RUN,
    contract_input,
)
from infra.demo.patience import wait
from infra.demo.quality import Quality, quality

CONTRACT, BLUEPRINT = "robot-arm", "robot-arm-phases"
EARLIER = 0.6
UNLABELLED, LABELLED = "arm-unlabelled", "arm-labelled"
_ENDED = {"SUCCEEDED", "STOPPED", "FAILED", "CANCELLED"}
_SECOND = timedelta(seconds=1)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    labelled: int
    """Events of the earlier rows that were labelled."""
    results: dict[str, Quality]
    """By asset, over the later rows."""
    stopped: dict[str, str]
    """Sentences of the gates that stopped an asset's version."""
    sent: int
    scored: int
    refused: int
    stages: dict[str, float]
    """Seconds."""


def run(andon: Client, folder: Path, contract: Contract, say: Say) -> Report:
    """The whole demo in the tenant of the client's key. Raises `FileNotFoundError`, `ClientError`, `RuntimeError`,
    `TimeoutError`."""
    recording = read(folder, contract.keys)
    border = recording.earlier(EARLIER)
    stages: dict[str, float] = {}
    began = monotonic()

    def stage(name: str) -> None:
        stages[name] = monotonic() - began - sum(stages.values())
        say(f"{name}: {stages[name]:.1f} s")

    assets = _prepare(andon, contract)
    for key in assets:
        wait("the new tenant's stream", lambda key=key: _sent(andon, batch(recording, key, slice(0, border), contract)))
    stage("contract, arms and earlier rows")
    labelled = _label(andon, recording, border, assets[LABELLED])
    stopped = _train(andon, recording, border, assets, say)
    stage("trained and deployed")
    sent = refused = 0
    for key in assets:
        receipt = andon.ingest(CONTRACT, batch(recording, key, slice(border, None), contract).to_arrow())
        sent += receipt["received"]
        refused += receipt["received"] - receipt["stored"]
    stage("replayed")
    serving = {key: asset for key, asset in assets.items() if key not in stopped}
    expected = len(serving) * (len(recording.time) - border) - refused
    found = wait("a score for every row", lambda: _scores(andon, recording, border, serving, expected))
    stage("scored")
    results = {key: _judged(recording, border, scores) for key, scores in found.items()}
    return Report(labelled, results, stopped, sent, sum(map(len, found.values())), refused, stages)


def batch(recording: Recording, asset: str, rows: slice, contract: Contract) -> pl.DataFrame:
    """Rows as the door takes them."""
    values = recording.values[rows]
    times = pl.Series("time", recording.time[rows]).dt.replace_time_zone("UTC")
    columns = [pl.Series(key, values[:, at]).fill_nan(None) for at, key in enumerate(contract.keys)]
    return pl.DataFrame([pl.Series("asset", [asset] * len(times)), times, *columns])


def _prepare(andon: Client, contract: Contract) -> dict[str, str]:
    """Agrees on the contract and adds the arm twice; returns ids by key."""
    andon.mutate(PUT_CONTRACT, input=contract_input(contract))
    wanted = [
        {"key": key, "title": key.replace("-", " ").capitalize(), "site": "Cell", "line": "Arm", "contract": CONTRACT}
        for key in (UNLABELLED, LABELLED)
    ]
    made = andon.mutate(CREATE_ASSETS, input={"assets": wanted})
    return {asset["key"]: asset["id"] for asset in made["assets"]}


def _label(andon: Client, recording: Recording, border: int, asset_id: str) -> int:
    """Labels what the controller reported in the earlier rows; returns how many events that were."""
    events = [
        {
            "assetId": asset_id,
            "kind": "ABNORMAL",
            "time": _at(recording, first).isoformat(),
            "end": (_at(recording, min(last, border - 1)) + _SECOND / 2).isoformat(),
            "note": "The controller reports a protective stop or a lost grip.",
        }
        for first, last in recording.events()
        if first < border
    ]
    return len(andon.mutate(RECORD_EVENTS, input={"events": events})["events"])


def _train(andon: Client, recording: Recording, border: int, assets: dict[str, str], say: Say) -> dict[str, str]:
    """One run for both; what passes its gates is promoted. Returns what stopped the others, by key.

    Raises `RuntimeError` when none passed.
    """
    wish = {
        "blueprint": BLUEPRINT,
        "assetIds": list(assets.values()),
        "start": _at(recording, 0).isoformat(),
        "end": _at(recording, border).isoformat(),
        "overrideReason": "The recording is what there is; its range is not chosen.",
    }
    run_id = andon.mutate(START_RUN, input=wish)["id"]

    told = ""

    def ended() -> dict[str, Any] | None:
        nonlocal told
        run = andon.query(RUN, id=run_id)["run"]
        if run["message"] != told:
            told = run["message"]
            say(f"run: {told}")
        return run if run["state"] in _ENDED else None

    run = wait("the end of the run", ended)
    stopped: dict[str, str] = {}
    for key, asset_id in assets.items():
        challenger = andon.query(ASSET, key=key)["asset"]["challenger"]
        if challenger is not None:
            andon.mutate(PROMOTE, input={"assetId": asset_id, "versionId": challenger["id"]})
            continue
        failed = [gate for gate in run["gates"] if gate["asset"]["key"] == key and not gate["passed"]]
        stopped[key] = " ".join(f"{gate['key']}: {gate['sentence']}" for gate in failed) or run["message"]
    if len(stopped) == len(assets):
        raise RuntimeError(" ".join(f"{key} got no model. {why}" for key, why in stopped.items()))
    wait("serving of all models", lambda: all(_settled(andon, key) for key in assets if key not in stopped))
    return stopped


def _sent(andon: Client, rows: pl.DataFrame) -> dict[str, Any] | None:
    """The receipt; None while the tenant, some seconds old, has no stream yet."""
    try:
        return andon.ingest(CONTRACT, rows.to_arrow())
    except Refused as refused:
        if refused.code == "ENCLAVE_MISSING":
            return None
        raise


def _settled(andon: Client, key: str) -> bool:
    deployment = andon.query(ASSET, key=key)["asset"]["deployment"]
    return deployment is not None and deployment["settled"]


def _scores(
    andon: Client, recording: Recording, border: int, assets: dict[str, str], expected: int
) -> dict[str, pl.DataFrame] | None:
    """Answers to the later rows by asset, once there are as many as rows were stored."""
    start, end = _at(recording, border), _at(recording, -1) + _SECOND
    found = {key: pl.DataFrame(andon.scores(asset_id, start, end)) for key, asset_id in assets.items()}
    return found if sum(map(len, found.values())) >= expected else None


def _judged(recording: Recording, border: int, scores: pl.DataFrame) -> Quality:
    """A row that was refused or could not be answered counts as normal."""
    times = pl.Series("time", recording.time[border:]).dt.replace_time_zone("UTC").to_frame()
    rows = times.join(scores.select("time", "value"), on="time", how="left", maintain_order="left")
    value = rows["value"].fill_null(0.0).fill_nan(0.0).to_numpy().astype(np.float64)
    return quality([(recording.abnormal[border:], value)])


def _at(recording: Recording, row: int) -> datetime:
    return recording.time[row].item().replace(tzinfo=UTC)
