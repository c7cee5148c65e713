"""What goes over the wire comes back, and nothing else is taken."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.training.cluster.messages import (
    MOST_BYTES,
    Answer,
    BlockAsset,
    BlockResult,
    ContractOrder,
    Kind,
    LabelSpan,
    Measured,
    ModelPlace,
    Outcome,
    Progress,
    Span,
    TrainAsset,
    TrainCommand,
    Update,
    decode_assets,
    encode_assets,
)

COMMAND = TrainCommand(
    run=UUID(int=1),
    snapshot="ab",
    blueprint="b",
    blueprint_version="1",
    plugin="p",
    plugin_digest="cd",
    parameters={"epochs": 40.0},
    seed=3,
    contract=ContractOrder(UUID(int=2), 1, ("force", "heat"), (True, False), (False, False), "press"),
    assets=2,
    traceparent="00-1-2-01",
)
MEASURED = Measured(40, 400, 4, 1.0, 0.0, 0.9, 0.8, 0.1, 0.2, 0.0, 1.0, 0.2, None, None, 15, 8)
BESIDE = replace(MEASURED, reference_power=0.9, old_rows=300, old_power=0.8, replayed_rows=32, replayed_otherwise=1)


def test_round_trips() -> None:
    for command in (COMMAND, replace(COMMAND, update=Update(3, 9))):
        assert TrainCommand.decode(command.encode()) == command
    progress = Progress(UUID(int=1), Kind.FINISHED, 2, 1.0, "Trained.", Outcome.TRAINED, 2, (Span("train", 1, 2),))
    assert Progress.decode(progress.encode()) == progress
    result = BlockResult(
        "ab",
        (
            BlockAsset(UUID(int=1), 0, MEASURED),
            BlockAsset(UUID(int=4), 1, BESIDE, None, None, UUID(int=5), "it ended", (Answer("a-b", None, "no"),)),
            BlockAsset(UUID(int=2), None, None, "too_few_rows", "30 rows, at least 100 are needed."),
        ),
        1.5,
        {"train": 2.0},
    )
    assert BlockResult.decode(result.encode()) == result
    assets = [TrainAsset(UUID(int=1), ModelPlace("ab", 3)), TrainAsset(UUID(int=2), None)]
    assets.append(TrainAsset(UUID(int=3), None, {"epochs": 9.0}))
    assets.append(TrainAsset(UUID(int=6), ModelPlace("ab", 4), {}, "it ended"))
    assets.append(TrainAsset(UUID(int=4), None, {}, None, (LabelSpan(5, 9, True), LabelSpan(7, 8, False))))
    assets.append(TrainAsset(UUID(int=5), ModelPlace("ab", 0), since=12))
    assert decode_assets(encode_assets(assets)) == assets


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"run": 3}', b"\xff", b" " * (MOST_BYTES + 1)])
def test_other_bytes_are_refused(data: bytes) -> None:
    for kind in (TrainCommand, Progress):
        with pytest.raises(ValueError):  # noqa: PT011 - JSON, UTF-8 and our own all are this
            kind.decode(data)
