"""Trains, deploys, replays and judges, every step through the public API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import polars as pl

from andon_sdk.client import Client, Refused
from andon_sdk.plugin import Contract
from infra.demo.documents import ASSET, CREATE_ASSETS, PROMOTE, PUT_CONTRACT, RUN, START_RUN, contract_input
from infra.demo.patience import wait
from infra.demo.quality import Quality, quality
from infra.demo.skab.data import BETWEEN, COLUMNS, MISSING, TRAINING_ROWS, File, batch, read, replays, silenced

CONTRACT = "water-loop"
BLUEPRINT = "water-loop-watch"
SEEDS = (1, 2, 3)
_ENDED = {"SUCCEEDED", "STOPPED", "FAILED", "CANCELLED"}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """Of one group with so many sensors missing."""

    group: str
    missing: int
    quality: Quality


@dataclass(frozen=True, slots=True)
class Report:
    results: tuple[Result, ...]
    sent: int
    scored: int
    refused: int
    stages: dict[str, float]
    """Seconds."""


def prepare(andon: Client, files: list[File], contract: Contract) -> dict[str, str]:
    """Agrees on the contract and adds an asset a file; returns asset ids by key."""
    andon.mutate(PUT_CONTRACT, input=contract_input(contract))
    wanted = [
        {"key": file.asset, "title": f"SKAB {file.asset}", "site": "Skolkovo", "line": file.group, "contract": CONTRACT}
        for file in files
    ]
    made = andon.mutate(CREATE_ASSETS, input={"assets": wanted})
    return {asset["key"]: asset["id"] for asset in made["assets"]}


def train(andon: Client, files: list[File], assets: dict[str, str], say: Say) -> None:
    """Trains one model an asset on what is stored and makes each the champion. What the gates stop is trained again
    with another seed, twice at the most, as a person would.

    Raises `RuntimeError` with the gates' sentences when an asset got no model.
    """
    waiting, stopped = dict(assets), ""
    for seed in SEEDS:
        run = _run(andon, files, waiting, seed, say)
        for key, asset_id in list(waiting.items()):
            challenger = andon.query(ASSET, key=key)["asset"]["challenger"]
            if challenger is not None:
                andon.mutate(PROMOTE, input={"assetId": asset_id, "versionId": challenger["id"]})
                del waiting[key]
        if not waiting:
            wait("serving of all models", lambda: all(_settled(andon, key) for key in assets))
            return
        failed = [gate["node"] for gate in run["gates"]["edges"] if gate["node"]["asset"]["key"] in waiting]
        stopped = " ".join(f"{gate['asset']['key']}: {gate['sentence']}" for gate in failed) or run["message"]
        say(f"stopped with seed {seed}: {stopped}")
    raise RuntimeError(f"{', '.join(waiting)} got no model. {stopped}")


def _run(andon: Client, files: list[File], assets: dict[str, str], seed: int, say: Say) -> dict[str, Any]:
    """One run to its end, with its gates."""
    wish = {
        "blueprint": BLUEPRINT,
        "assetIds": list(assets.values()),
        "start": min(file.start for file in files).isoformat(),
        "end": (max(file.start for file in files) + BETWEEN / 2).isoformat(),
        "seed": seed,
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

    return wait("the end of the run", ended)


def replay(andon: Client, files: list[File], signals: tuple[str, ...]) -> tuple[int, int]:
    """Sends the rows after the training rows through the door, all replays; returns (rows sent, rows refused)."""
    sent = refused = 0
    for missing, draw, shift in replays():
        for file in files:
            rows = slice(TRAINING_ROWS, None)
            silent = silenced(file, missing, draw, len(signals))
            receipt = andon.ingest(CONTRACT, batch(file, rows, shift, silent, signals).to_arrow())
            sent += receipt["received"]
            refused += receipt["received"] - receipt["stored"]
    return sent, refused


def judge(andon: Client, files: list[File], assets: dict[str, str]) -> list[Result]:
    """Reads every score back and compares it with the truth."""
    judged: dict[int, list[tuple[str, np.ndarray, np.ndarray]]] = {missing: [] for missing in MISSING}
    for missing, _, shift in replays():
        for file in files:
            value = _aligned(_scores(andon, file, assets, shift), file, shift)
            judged[missing].append((file.group, file.abnormal[TRAINING_ROWS:], value))
    return [
        Result(
            group, missing, quality([(truth, value) for of, truth, value in judged[missing] if of in group.split("+")])
        )
        for group in ("valve1", "valve2", "valve1+valve2")
        for missing in MISSING
    ]


def run(andon: Client, folder: Path, contract: Contract, say: Say) -> Report:
    """The whole demo in the tenant of the client's key. Raises `FileNotFoundError`, `ClientError`, `RuntimeError`,
    `TimeoutError`."""
    signals = contract.keys
    files = read(folder, dict(zip(signals, COLUMNS, strict=True)))
    stages: dict[str, float] = {}
    began = monotonic()

    def stage(name: str) -> None:
        stages[name] = monotonic() - began - sum(stages.values())
        say(f"{name}: {stages[name]:.1f} s")

    assets = prepare(andon, files, contract)
    nothing = np.zeros(len(signals), bool)
    for file in files:
        rows = batch(file, slice(0, TRAINING_ROWS), timedelta(), nothing, signals)
        wait("the new tenant's stream", lambda rows=rows: _sent(andon, rows))
    stage("contract, assets and training rows")
    train(andon, files, assets, say)
    stage("trained and deployed")
    sent, refused = replay(andon, files, signals)
    stage("replayed")
    scored = wait("a score for every row", lambda: _all_scored(andon, files, assets, sent - refused))
    stage("scored")
    return Report(tuple(judge(andon, files, assets)), sent, scored, refused, stages)


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


def _all_scored(andon: Client, files: list[File], assets: dict[str, str], expected: int) -> int | None:
    """The number of scores once there are at least as many as rows were stored."""
    count = sum(len(_scores(andon, file, assets, shift)) for _, _, shift in replays() for file in files)
    return count if count >= expected else None


def _scores(andon: Client, file: File, assets: dict[str, str], shift: timedelta) -> pl.DataFrame:
    """The champion's answers to one replay of a file, by time."""
    start = file.start + shift
    answers = pl.DataFrame(andon.scores(assets[file.asset], start, start + BETWEEN))
    return answers.filter(~pl.col("shadow"))


def _aligned(scores: pl.DataFrame, file: File, shift: timedelta) -> np.ndarray:
    """float64 [rows after the training rows]: the value of each; 0 where the row was refused or could not be scored."""
    times = pl.Series("time", file.time[TRAINING_ROWS:] + np.timedelta64(shift)).dt.replace_time_zone("UTC")
    rows = times.to_frame().join(scores.select("time", "value"), on="time", how="left", maintain_order="left")
    return rows["value"].fill_null(0.0).to_numpy().astype(np.float64)
