"""What the platform and a serving cluster tell each other. Standard library only: both sides import it.

Both messages are whole states, not changes, so that a lost or doubled one does no harm: the last one counts. They are
compressed JSON, because ten thousand deployments would not fit into one message of the stream otherwise.
"""

import json
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from uuid import UUID

SCORER_CONSUMER, SHADOW_CONSUMER = "scorer", "shadow"
"""Durable consumers of the readings, made by the platform: one for champions, one for shadows, so that neither ever
waits for the other."""


def scorer_consumer(number: int) -> str:
    """That of one of several scorers, counted from 0."""
    return SCORER_CONSUMER if number == 0 else f"{SCORER_CONSUMER}-{number}"


MOST_BYTES = 64 * 1024 * 1024
"""No state is larger than this once unpacked; a message that claims more is refused."""


@dataclass(frozen=True, slots=True)
class WantedContract:
    """The order of columns and their importance, as agreed on in the contract."""

    id: UUID
    version: int
    signals: tuple[str, ...]
    importance: tuple[str, ...]
    """`essential`, `important` or `optional`, for each signal."""


@dataclass(frozen=True, slots=True)
class WantedModel:
    """One model version, and where its tensors are."""

    version: UUID
    digest: str
    """Of the artefact pack."""
    index: int
    """Which model of the pack."""
    contract_version: int
    """The version of the asset's contract whose signals the model reads."""


@dataclass(frozen=True, slots=True)
class WantedAsset:
    asset: UUID
    contract: UUID
    champion: WantedModel
    shadows: tuple[WantedModel, ...] = ()
    previous: WantedModel | None = None
    """Answers in the champion's place when a cluster that was just started refuses the champion."""


@dataclass(frozen=True, slots=True)
class WantedState:
    """All a tenant's serving cluster should serve."""

    generation: int
    contracts: tuple[WantedContract, ...]
    assets: tuple[WantedAsset, ...]
    scorers: int = 1
    """How many share the assets, from the newest `layout.Change` on the readings stream on."""
    running: int = 1
    """How many run: one that is to go stays until it has handed its assets over."""

    def encode(self) -> bytes:
        return _pack(
            {
                "generation": self.generation,
                "contracts": [asdict(contract) for contract in self.contracts],
                "assets": [
                    [
                        asset.asset.hex,
                        asset.contract.hex,
                        _of(asset.champion),
                        [_of(shadow) for shadow in asset.shadows],
                        _of(asset.previous) if asset.previous else None,
                    ]
                    for asset in self.assets
                ],
                "scorers": self.scorers,
                "running": self.running,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `ValueError` on anything but an encoded state."""
        content = _unpack(data)
        contracts = tuple(
            WantedContract(UUID(row["id"]), int(row["version"]), tuple(row["signals"]), tuple(row["importance"]))
            for row in content["contracts"]
        )
        assets = tuple(
            WantedAsset(
                UUID(asset),
                UUID(contract),
                _model(champion),
                tuple(_model(row) for row in shadows),
                _model(previous) if previous else None,
            )
            for asset, contract, champion, shadows, previous in content["assets"]
        )
        # Until they could be several, states did not say how many scorers there are: one.
        scorers, running = int(content.get("scorers", 1)), int(content.get("running", 1))
        return cls(int(content["generation"]), contracts, assets, scorers, running)


@dataclass(frozen=True, slots=True)
class AppliedState:
    """What a serving cluster made of the wanted state. A refused version answers nothing: for its asset the version
    before goes on, or none."""

    generation: int
    refused: dict[UUID, str]
    """Reason, a sentence for people, by version."""
    took: dict[UUID, float] = field(default_factory=dict[UUID, float])
    """Seconds that scoring a call's rows takes, by version: of shadows, and of the champions that they stand beside."""

    def encode(self) -> bytes:
        refused = {str(version): reason for version, reason in self.refused.items()}
        took = {version.hex: round(seconds, 6) for version, seconds in self.took.items()}
        return _pack({"generation": self.generation, "refused": refused, "took": took})

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `ValueError` on anything but an encoded state."""
        content = _unpack(data)
        refused = {UUID(key): str(value) for key, value in content["refused"].items()}
        # Clusters of a release before did not say it.
        took = {UUID(key): float(value) for key, value in content.get("took", {}).items()}
        return cls(int(content["generation"]), refused, took)


def _of(model: WantedModel) -> list[Any]:
    return [model.version.hex, model.digest, model.index, model.contract_version]


def _model(row: list[Any]) -> WantedModel:
    version, digest, index, contract_version = row
    return WantedModel(UUID(version), str(digest), int(index), int(contract_version))


def _pack(content: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(content, default=str, separators=(",", ":")).encode(), 6)


def _unpack(data: bytes) -> dict[str, Any]:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(data, MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"not a compressed message: {error}") from error
    if inflater.unconsumed_tail or not inflater.eof:
        raise ValueError("the message is cut off or larger than allowed")
    content = json.loads(plain)
    if not isinstance(content, dict):
        raise ValueError("expected an object")
    return content
