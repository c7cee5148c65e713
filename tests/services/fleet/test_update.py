"""Models that start from others: alone as in a block, with old rows mixed in, and measured on those held back."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_fleet import SIGNALS, fleet_rows, settings

from andon_sdk.plugin import Blueprint
from services.fleet.artefact import Pack, pack_of
from services.fleet.errors import BlueprintUnfit
from services.fleet.gates import compare
from services.fleet.prepare import FleetRows, prepare
from services.fleet.score import Entry
from services.fleet.train import TrainedFleet, train_fleet

NONE = np.zeros(SIGNALS, bool)
OLD, NEW = 600, 400


def before_and_after(assets: int) -> tuple[FleetRows, FleetRows]:
    """Rows of an old ground and of one beside it: the same machines, moved by two spreads in half of their signals."""
    whole = fleet_rows(assets, OLD + NEW, 11)
    values = whole.values.reshape(assets, OLD + NEW, SIGNALS).copy()
    values[:, OLD:, ::2] += 4 * values.std(axis=1, keepdims=True)[:, :, ::2]
    old, new = values[:, :OLD].reshape(-1, SIGNALS), values[:, OLD:].reshape(-1, SIGNALS)
    return (
        FleetRows(whole.assets, np.arange(assets + 1) * OLD, old),
        FleetRows(whole.assets, np.arange(assets + 1) * NEW, new),
    )


def mixed(old: FleetRows, new: FleetRows) -> FleetRows:
    """Each asset's old rows before its new ones."""
    n = len(new.assets)
    values = np.concatenate([old.values.reshape(n, OLD, SIGNALS), new.values.reshape(n, NEW, SIGNALS)], axis=1)
    flags = np.tile(np.arange(OLD + NEW) < OLD, n)
    place = np.tile(np.where(np.arange(OLD + NEW) < OLD, 0, 1 << 40) + np.arange(OLD + NEW), n)
    return FleetRows(new.assets, np.arange(n + 1) * (OLD + NEW), values.reshape(-1, SIGNALS), place=place, old=flags)


@pytest.fixture(scope="module")
def champion(blueprint: Blueprint) -> Pack:
    return pack_of(train_fleet(blueprint, before_and_after(5)[0], NONE, settings(blueprint)))


def updated(blueprint: Blueprint, champion: Pack, rows: FleetRows, **others: int) -> TrainedFleet:
    start = {asset: (champion, champion.assets.index(asset)) for asset in rows.assets}
    return train_fleet(blueprint, rows, NONE, settings(blueprint, **others), start=start)


@pytest.mark.parametrize("block_assets", [1, 2, 64])
def test_an_update_is_the_same_alone_and_in_any_block(blueprint: Blueprint, champion: Pack, block_assets: int) -> None:
    rows = mixed(*before_and_after(5))
    together = updated(blueprint, champion, rows, block_assets=block_assets)
    for place in (0, 3):
        alone = updated(blueprint, champion, rows.take([place]))
        for half in ("main", "fallback"):
            for name, value in getattr(alone, half).items():
                torch.testing.assert_close(getattr(together, half)[name][place], value[0], rtol=1e-4, atol=1e-5)


def test_an_update_begins_where_its_champion_ended(blueprint: Blueprint, champion: Pack) -> None:
    rows = before_and_after(5)[1]
    start = {asset: (champion, champion.assets.index(asset)) for asset in rows.assets}
    still = replace(settings(blueprint), learning_rate=1e-9, epochs=1)
    for take in ([0, 1, 2, 3, 4], [3, 1]):
        found = train_fleet(blueprint, rows.take(take), NONE, still, start=start)
        for name, value in champion.main.items():
            torch.testing.assert_close(found.main[name], value[take], rtol=0, atol=1e-6)
            torch.testing.assert_close(found.fallback[name], champion.fallback[name][take], rtol=0, atol=1e-6)


def test_another_architecture_is_refused(blueprint: Blueprint, champion: Pack) -> None:
    strange = replace(champion, main={name: value[..., :1] for name, value in champion.main.items()})
    with pytest.raises(BlueprintUnfit, match="another architecture"):
        updated(blueprint, strange, before_and_after(5)[1])


def test_old_rows_are_mixed_in_and_some_are_held_back() -> None:
    old, new = before_and_after(2)
    found = prepare(mixed(old, new), NONE, None, 3, 5)
    plain = prepare(new, NONE, None, 3, 5)
    counted = [(~part.lead).sum(axis=1).tolist() for part in (found.calibration, found.held_out)]
    assert plain.train.counts.tolist() == [270, 270]
    assert found.train.counts.tolist() == [522, 522]  # no more of before than new ones, in whole bursts
    assert counted == [[90 + 120, 90 + 120], [40, 40]]
    assert found.old is not None
    assert (~found.old.lead).sum(axis=1).tolist() == [60, 60]
    assert plain.old is None


def test_with_old_rows_an_update_remembers_what_it_forgets_without(blueprint: Blueprint, champion: Pack) -> None:
    old, new = before_and_after(5)
    with_rows = updated(blueprint, champion, mixed(old, new))
    without = updated(blueprint, champion, new)
    assert with_rows.old is not None
    kept = qualities(blueprint, with_rows, champion, with_rows)
    lost = qualities(blueprint, without, champion, with_rows)
    print("quality on old rows: champion, with replay, without", kept[0], kept[1], lost[1])
    assert kept[1] >= kept[0] - 0.05
    assert lost[1] < kept[0] - 0.2


def qualities(blueprint: Blueprint, fleet: TrainedFleet, champion: Pack, held: TrainedFleet) -> tuple[float, float]:
    """Mean quality of champion and fleet on the old rows that `held` keeps back."""
    pack = pack_of(fleet)
    entries = [Entry(asset, asset, pack, i, blueprint) for i, asset in enumerate(pack.assets)]
    champions = [Entry(asset, asset, champion, i, blueprint) for i, asset in enumerate(champion.assets)]
    # Rows are scaled as their own fleet says: the same physical rows are asked about.
    assert held.old is not None
    rows = held.old
    physical = rows.x * held.scale[:, None] + held.center[:, None]
    x = (physical - fleet.center[:, None]) / fleet.scale[:, None]
    found = compare(champions, entries, replace(rows, x=x.astype(np.float32)))
    return tuple(
        float((each.power * (1 - each.false_alarm_share)).mean()) for each in (found.champion, found.challenger)
    )
