"""What the platform and the trainer tell each other, as JSON. Standard library only: both sides import it.

A command and all that is said about it stay small whatever the fleet: lists of assets and measurements are objects in
the tenant's bucket, under `runs/<run>/`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

MOST_BYTES = 256 * 1024
"""No message is larger than this."""


def assets_object(run: UUID) -> str:
    """A list of `TrainAsset`, written before the command."""
    return f"runs/{run}/assets.json"


def block_object(run: UUID, block: int) -> str:
    """A `BlockResult`: the checkpoint of a block that is done."""
    return f"runs/{run}/block-{block:05d}.json"


@dataclass(frozen=True, slots=True)
class ContractOrder:
    """The order of columns and what losing one means, as agreed on in the contract."""

    id: UUID
    version: int
    signals: tuple[str, ...]
    essential: tuple[bool, ...]
    exogenous: tuple[bool, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """Where a version's tensors are."""

    digest: str
    index: int


@dataclass(frozen=True, slots=True)
class Update:
    """The run starts from its assets' champions, and mixes in rows of before that lie outside of its own range: start ≤
    time < end, µs since 1970."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TrainCommand:
    """Train these assets and say so. Taken from a work queue: given again when a trainer dies with it."""

    run: UUID
    snapshot: str
    """Digest."""
    blueprint: str
    blueprint_version: str
    plugin: str
    plugin_digest: str
    """The trainer refuses when its own plugin is another one."""
    parameters: Mapping[str, float]
    seed: int
    contract: ContractOrder
    assets: int
    """How many there are in `assets_object(run)`."""
    lenders: tuple[ModelPlace, ...] = ()
    """Models of one pack: nothing is trained, the best of these is adapted to each asset."""
    update: Update | None = None
    """None for a run that trains anew."""
    traceparent: str | None = None

    def encode(self) -> bytes:
        return _encode(self)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `ValueError` on anything but a command."""
        content = _decode(data)
        try:
            contract = content["contract"]
            content["contract"] = ContractOrder(
                UUID(contract["id"]),
                int(contract["version"]),
                tuple(map(str, contract["signals"])),
                tuple(map(bool, contract["essential"])),
                tuple(map(bool, contract["exogenous"])),
                str(contract.get("key", "")),
            )
            content["run"] = UUID(content["run"])
            content["lenders"] = tuple(
                ModelPlace(str(p["digest"]), int(p["index"])) for p in content.get("lenders", ())
            )
            update = content.get("update")
            content["update"] = Update(int(update["start"]), int(update["end"])) if update else None
            return cls(**content)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a train command: {error}") from error


@dataclass(frozen=True, slots=True)
class LabelSpan:
    """What a person said of start ≤ time < end, in µs since 1970: abnormal, or normal."""

    start: int
    end: int
    abnormal: bool


@dataclass(frozen=True, slots=True)
class TrainAsset:
    asset: UUID
    champion: ModelPlace | None
    """What the new version has to stand beside."""
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """Those in which it differs from the command."""
    ground_closed: str | None = None
    """Why the rows that the champion knows are no ground to compare on any more, a sentence for people."""
    labels: tuple[LabelSpan, ...] = ()
    """Those that reach into its rows, in the order recorded: where they overlap the last one counts."""
    since: int = 0
    """When its present regime began, µs since 1970: an update replays no rows from before."""


def encode_assets(assets: list[TrainAsset]) -> bytes:
    return json.dumps([_asset_row(asset) for asset in assets], separators=(",", ":")).encode()


def _asset_row(asset: TrainAsset) -> list[Any]:
    """Without what is empty at the end: most assets of a fleet have no more than an id."""
    row = [
        asset.asset.hex,
        asset.champion and [asset.champion.digest, asset.champion.index],
        dict(asset.parameters),
        [[span.start, span.end, span.abnormal] for span in asset.labels],
        asset.since,
        asset.ground_closed,
    ]
    while len(row) > 2 and not row[-1]:
        row.pop()
    return row


def decode_assets(data: bytes) -> list[TrainAsset]:
    return [_asset_of(*row) for row in json.loads(data)]


def _asset_of(
    asset: str,
    champion: list[Any] | None,
    parameters: Mapping[str, float] | None = None,
    labels: Any = (),
    since: int = 0,
    ground_closed: str | None = None,
) -> TrainAsset:
    place = ModelPlace(str(champion[0]), int(champion[1])) if champion else None
    spans = tuple(LabelSpan(int(start), int(end), bool(abnormal)) for start, end, abnormal in labels)
    return TrainAsset(UUID(asset), place, parameters or {}, ground_closed, spans, int(since))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one asset's new version, on held-out rows through the scorer that serves."""

    rows: int
    """Held-out rows."""
    range_rows: int
    """Rows of the asset in the whole range."""
    known: int
    """Signals of the contract that had any value."""
    answered_share: float
    false_alarm_share: float
    power: float
    baseline_power: float
    loss_main: float
    loss_fallback: float
    sensor_false_alarm_share: float
    """The worst under any planned loss of signals."""
    sensor_answered_share: float
    """The least under any planned loss that takes no essential signal."""
    sensor_expected_loss: float
    """Mean over single losses of signals that are not essential."""
    champion_power: float | None
    champion_false_alarm_share: float | None
    smooth_rows: int
    """Rows a score is the running median of: so many neighbours are one observation."""
    sensor_losses: int
    """Planned losses of which the worst is told."""
    reference_power: float | None = None
    """Of the classical reference on the same rows; None where no rows of the asset made the model."""
    reference_false_alarm_share: float | None = None
    old_rows: int | None = None
    """Rows that calibrated the champion, on which both were asked; None where there was none to ask, as in the next
    four."""
    old_power: float | None = None
    old_false_alarm_share: float | None = None
    champion_old_power: float | None = None
    champion_old_false_alarm_share: float | None = None
    replayed_rows: int = 0
    """Recorded rows that the stored model answered again."""
    replayed_otherwise: int = 0
    """Those of them that it answered otherwise than when it was judged."""
    label_events: int | None = None
    """Events judged abnormal that the main model could be asked about; None where no row was labelled."""
    label_found: int | None = None
    """Of these, those above the threshold that all others choose."""
    label_found_before: int | None = None
    """Of these, those above the threshold without labels."""
    label_false_alarm_share_before: float | None = None
    """`false_alarm_share` with the thresholds without labels."""
    remembered_rows: int | None = None
    """Rows of before that were held back; None where nothing was replayed."""
    old_quality_before: float | None = None
    """The champion's quality on them: power × (1 - share of false alarms)."""
    old_quality_after: float | None = None
    """The new version's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a plugin's gate said of one asset: a number, or why it said none."""

    key: str
    value: float | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class BlockAsset:
    """What became of one asset of a block: a model in the block's pack, or a reason why there is none."""

    asset: UUID
    index: int | None
    measured: Measured | None
    reason: str | None = None
    sentence: str | None = None
    lender: UUID | None = None
    """The asset whose model was lent."""
    ground_closed: str | None = None
    """As in `TrainAsset`."""
    answers: tuple[Answer, ...] = ()
    """Of the gates that plugins add."""


@dataclass(frozen=True, slots=True)
class BlockResult:
    """A block that is done."""

    digest: str | None
    """Of the pack; None where no asset was fit."""
    assets: tuple[BlockAsset, ...]
    latency_ms: float | None
    """To score a block of 1,000 rows with these models, in the environment that trained them."""
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    """Where the time went: `load`, `train`, `measure`, `write`."""

    def encode(self) -> bytes:
        return _encode(self)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        content = json.loads(data)
        assets = tuple(
            BlockAsset(
                UUID(row["asset"]),
                row["index"],
                Measured(**row["measured"]) if row["measured"] else None,
                row["reason"],
                row["sentence"],
                UUID(row["lender"]) if row.get("lender") else None,
                row.get("ground_closed"),
                tuple(Answer(**answer) for answer in row.get("answers", ())),
            )
            for row in content["assets"]
        )
        return cls(content["digest"], assets, content["latency_ms"], content["seconds"])


class Kind(StrEnum):
    TAKEN = "taken"
    """A trainer has the run."""
    PROGRESS = "progress"
    FINISHED = "finished"


class Outcome(StrEnum):
    TRAINED = "trained"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Span:
    """A finished span of the trainer, which has no way to a collector: the platform records it."""

    name: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What a trainer says on `train.progress.<run>`, at most twice a second and at least every two seconds."""

    run: UUID
    kind: Kind
    attempt: int
    share: float
    """0 to 1, of the training."""
    message: str
    outcome: Outcome | None = None
    """Of a finished run."""
    blocks: int = 0
    """Of a finished run: how many `block_object`s there are."""
    spans: tuple[Span, ...] = ()

    def encode(self) -> bytes:
        return _encode(self)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `ValueError` on anything but progress."""
        content = _decode(data)
        content.pop("environment", None)  # trainers said it before packs did
        try:
            content["run"] = UUID(content["run"])
            content["kind"] = Kind(content["kind"])
            content["outcome"] = Outcome(content["outcome"]) if content["outcome"] else None
            content["spans"] = tuple(Span(**span) for span in content["spans"])
            content["share"] = min(max(float(content["share"]), 0.0), 1.0)
            return cls(**content)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not progress of a run: {error}") from error


def _encode(message: Any) -> bytes:
    return json.dumps(asdict(message), default=str, separators=(",", ":"), allow_nan=False).encode()


def _decode(data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise ValueError(f"a message of {len(data)} bytes, {MOST_BYTES} are allowed")
    content = json.loads(data)
    if not isinstance(content, dict):
        raise ValueError("expected an object")
    return content
