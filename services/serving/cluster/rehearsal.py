"""A candidate answers rows it must be able to answer, before it answers anybody.

`judge` runs in a child process of its own (`python -m services.serving.cluster.rehearsal`), which is killed when a pack
takes too long, since a thread that hangs cannot be. The child is given packs on standard input, says before each which
one it takes up, and after it which versions are refused and why.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from andon_sdk.plugin import Recipe
from services.fleet.artefact import Pack
from services.fleet.errors import FleetError
from services.fleet.golden import differences, replay
from services.fleet.score import NONE
from services.kernel.child import Child, own_output
from services.serving.cluster.messages import WantedContract, WantedModel
from services.serving.cluster.packs import AWAY, PackRefused, Packs
from services.serving.cluster.settings import ServingSettings


class RehearsalAway(OSError):
    """A rehearsal could not be held: the objects are away, or no process could be started."""


NOT_A_NUMBER = 1e29
"""The engine says 1e30 where a module answers NaN or infinity."""
START_S = 90.0
"""Until a child has loaded torch and the plugins, on a machine that is busy."""
PACK_S = 15.0
"""A pack's time to be loaded and rehearsed, beside a millisecond a model."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Versions of one pack that read one version of a contract."""

    digest: str
    contract: WantedContract
    models: tuple[WantedModel, ...]


def judge(candidate: Candidate, pack: Pack, blueprint: Recipe) -> dict[UUID, str]:
    """Why versions are refused, by version; those left out are fit. Never raises for what a blueprint does."""
    refused = {
        model.version: f"The pack has {len(pack)} models, none at {model.index}."
        for model in candidate.models
        if not 0 <= model.index < len(pack)
    }
    if len(pack.essential) != len(candidate.contract.signals):
        reason = f"It reads {len(pack.essential)} signals, its contract has {len(candidate.contract.signals)}."
        return {model.version: reason for model in candidate.models}
    models = [model for model in candidate.models if model.version not in refused]
    if not models:
        return refused
    try:
        return refused | _answers(models, pack, blueprint)
    except Exception as error:  # noqa: BLE001 whatever a blueprint raises is a verdict on it
        reason = f"It raises {type(error).__name__} instead of scoring: {str(error)[:300]}"
        return refused | {model.version: reason for model in models}


def _answers(models: Sequence[WantedModel], pack: Pack, blueprint: Recipe) -> dict[UUID, str]:
    index = np.array([model.index for model in models])
    played = replay(pack, blueprint, index)
    answered = np.stack([(block.route != NONE).reshape(len(models), -1) for block in played], axis=1)
    raw = np.stack([block.raw.reshape(len(models), -1) for block in played], axis=1)
    number = ~answered | (np.isfinite(raw) & (np.abs(raw) < NOT_A_NUMBER))
    refused: dict[UUID, str] = {}
    for place in np.flatnonzero(~number.all(axis=(1, 2))):
        refused[models[int(place)].version] = "It answers rows of its own calibration with no number (NaN or infinity)."
    for place in np.flatnonzero(~answered[:, 0].any(axis=1)):
        refused.setdefault(models[int(place)].version, "It answers none of the rows of its own calibration.")
    for place, reason in differences(pack, index, played).items():
        refused.setdefault(models[place].version, reason)
    return refused


async def rehearse(settings: ServingSettings, candidates: Sequence[Candidate]) -> dict[UUID, str]:
    """Refusals of all candidates. A pack that hangs or kills the child is refused; the others go on in a new one.

    Raises `RehearsalAway` when there could be no rehearsal, which says nothing about the candidates.
    """
    refused: dict[UUID, str] = {}
    left = list(candidates)
    while left:
        taken, broken = await _some(settings, left, refused)
        left = left[taken:]
        if broken:
            culprit = left.pop(0)
            refused |= {model.version: broken for model in culprit.models}
    return refused


async def _some(
    settings: ServingSettings, candidates: Sequence[Candidate], refused: dict[UUID, str]
) -> tuple[int, str | None]:
    """How many were rehearsed, and what went wrong with the next one."""
    async with Child.of("services.serving.cluster.rehearsal") as child:
        await child.say({"settings": asdict(settings), "candidates": [_plain(candidate) for candidate in candidates]})
        for number in range(len(candidates) + 1):
            heard = await child.hear(START_S if number == 0 else PACK_S + 0.001 * len(candidates[number - 1].models))
            if heard is None:
                if number == 0:
                    raise RehearsalAway(f"the rehearsal did not begin: {child.ending()}")
                return number - 1, f"It ended the rehearsal: {child.ending()}."
            if "away" in heard:
                raise RehearsalAway(heard["away"])
            refused |= {UUID(version): reason for version, reason in heard["refused"].items()}
    return len(candidates), None


def _plain(candidate: Candidate) -> dict[str, Any]:
    models = [[model.version.hex, model.index] for model in candidate.models]
    contract = candidate.contract
    return {
        "digest": candidate.digest,
        "contract": [contract.id.hex, contract.version, contract.signals, contract.importance],
        "models": models,
    }


def _candidate(plain: Mapping[str, Any]) -> Candidate:
    contract_id, version, signals, importance = plain["contract"]
    contract = WantedContract(UUID(contract_id), version, tuple(signals), tuple(importance))
    models = tuple(WantedModel(UUID(v), plain["digest"], index, version) for v, index in plain["models"])
    return Candidate(plain["digest"], contract, models)


async def _judged(packs: Packs, candidate: Candidate) -> dict[UUID, str]:
    try:
        pack, blueprint = await packs.get(candidate.digest)
    except (PackRefused, FleetError) as error:
        return {model.version: str(error) for model in candidate.models}
    return judge(candidate, pack, blueprint)


def main() -> None:
    """The child."""
    with own_output() as say:
        import torch  # noqa: PLC0415 loaded before the first pack's time begins

        from services.blueprints.host import installed  # noqa: PLC0415

        torch.set_num_threads(1)
        request = json.loads(sys.stdin.readline())
        settings = ServingSettings(**request["settings"])
        packs = Packs(settings.objects(), settings.bucket, installed().blueprints, Path(settings.scratch))
        say({"refused": {}})
        for plain in request["candidates"]:
            try:
                refused = asyncio.run(_judged(packs, _candidate(plain)))
            except AWAY as error:
                say({"away": f"{type(error).__name__}: {error}"})
                return
            say({"refused": {str(version): reason for version, reason in refused.items()}})
            packs.keep(())


if __name__ == "__main__":
    main()
