"""Training and scoring a fleet against the same models one by one.

    python tests/bench/fleet.py [--pairs 5]

Work: assets of 568 rows (384 of them for training) × 16 signals, autoencoder 16-32-4-32-16 with mask input, Adam
1e-3, batch 64, 50 epochs. The loop trains the same module on the same scaled rows with fused Adam on one thread;
held-out loss of both is asserted equal. Principal components of the same assets are fitted against scikit-learn's, one
asset after the other; the variances they keep are asserted equal.
"""

import argparse
import dataclasses

import numpy as np
import torch
from harness import PAIRS, Row, compare, write
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.func import functional_call

from andon_sdk.plugin import Blueprint, Estimator, Inputs
from andon_sdk.plugin.components import VARIANCE_SHARE, components_score, fit_components
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from services.fleet.artefact import pack_of
from services.fleet.fit import fit_fleet
from services.fleet.prepare import FleetRows, prepare
from services.fleet.score import Entry, Scorer
from services.fleet.train import TrainedFleet, TrainSettings, train_fleet

SIGNALS, ROWS, EPOCHS, BATCH = 16, 568, 50, 64
FLEET, LOOP = 128, 8


class AnyModule(MaskedAutoencoder):
    """The same network as a module the engine knows nothing about."""


def blueprint_of(module: type[nn.Module]) -> Blueprint:
    return Blueprint("bench", "Bench", "1", "bench", module, reconstruction_loss, reconstruction_score)  # type: ignore[arg-type]


def fleet_rows(assets: int) -> FleetRows:
    draw = np.random.default_rng(5)
    causes = draw.normal(size=(assets, ROWS, 3))
    values = causes @ draw.normal(size=(assets, 3, SIGNALS)) + 0.2 * draw.normal(size=(assets, ROWS, SIGNALS))
    return FleetRows(tuple(map(str, range(assets))), np.arange(assets + 1) * ROWS, values.reshape(-1, SIGNALS))


def one_by_one(rows: FleetRows, settings: TrainSettings, drop_share: float) -> list[nn.Module]:
    """One model after the other, as anybody would write it; with `drop_share`, the fallback."""
    prepared = prepare(rows, np.zeros(SIGNALS, bool), settings.split)
    models = []
    for asset in range(len(rows.assets)):
        torch.manual_seed(asset)
        model = MaskedAutoencoder(Inputs(SIGNALS))
        adam = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, fused=True)
        x = torch.from_numpy(prepared.train.x[asset])
        for _ in range(settings.epochs):
            for index in torch.randperm(len(x)).split(settings.batch_rows):
                batch = x[index]
                everything = torch.ones_like(batch)
                seen = everything
                if drop_share:
                    seen = (torch.rand_like(batch) >= 2 * drop_share * torch.rand(len(batch), 1)).float()
                adam.zero_grad(set_to_none=True)
                reconstruction_loss(model(batch * seen, seen), batch, everything).backward()
                adam.step()
        models.append(model)
    return models


def held_out_loss(models: list[dict[str, Tensor]], rows: FleetRows, settings: TrainSettings) -> float:
    held_out = prepare(rows, np.zeros(SIGNALS, bool), settings.split).calibration
    template, losses = MaskedAutoencoder(Inputs(SIGNALS)), []
    for asset, weights in enumerate(models):
        x = torch.from_numpy(held_out.x[asset])
        everything = torch.ones_like(x)
        with torch.no_grad():
            losses.append(
                float(reconstruction_loss(functional_call(template, weights, (x, everything)), x, everything))
            )
    return float(np.mean(losses))


def training(name: str, module: type[nn.Module], pairs: int) -> tuple[Row, TrainedFleet]:
    blueprint = blueprint_of(module)
    settings = TrainSettings.of(blueprint, {"epochs": EPOCHS, "batch_rows": BATCH})
    many, few = fleet_rows(FLEET), fleet_rows(FLEET).take(range(LOOP))
    kept: dict[str, object] = {}

    def fleet() -> None:
        kept["fleet"] = train_fleet(blueprint, many, np.zeros(SIGNALS, bool), settings)

    def loop() -> None:
        kept["loop"] = one_by_one(few, settings, 0.0), one_by_one(few, settings, settings.drop_share)

    row = compare(name, "models/s", (fleet, 2 * FLEET), "fused-Adam loop, one thread", (loop, 2 * LOOP), pairs)
    trained, (alone, _) = kept["fleet"], kept["loop"]
    ours = held_out_loss([{k: v[i] for k, v in trained.main.items()} for i in range(LOOP)], few, settings)
    theirs = held_out_loss([dict(model.named_parameters()) for model in alone], few, settings)
    print(f"    held-out loss {ours:.4f} and {theirs:.4f}")
    assert abs(ours / theirs - 1) < 0.15, "the two ways must reach the same quality"
    return dataclasses.replace(row, facts=row.facts | {"held_out_loss": ours, "loop_held_out_loss": theirs}), trained


def fitting(pairs: int) -> Row:
    estimator = Estimator(
        "bench", "Bench", "1", "bench", fit_components, components_score, stacked=True, tuned=(VARIANCE_SHARE,)
    )
    many, none = fleet_rows(FLEET), np.zeros(SIGNALS, bool)
    kept: dict[str, list[np.ndarray]] = {}

    def fleet() -> None:
        fitted = fit_fleet(estimator, many, none)
        kept["fleet"] = [variance[variance > 0] for variance in fitted.main["variance"].numpy()]

    def loop() -> None:
        standard = [StandardScaler().fit_transform(x) for x in prepare(many, none).train.x]
        found = [PCA(VARIANCE_SHARE.default, svd_solver="full").fit(x) for x in standard]
        kept["loop"] = [one.explained_variance_ * (1 - 1 / len(standard[0])) for one in found]

    row = compare("fleet_fit_components_vs_loop", "models/s", (fleet, FLEET), "scikit-learn PCA", (loop, FLEET), pairs)
    for ours, theirs in zip(kept["fleet"], kept["loop"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    return row


def scoring(trained: TrainedFleet, pairs: int) -> list[Row]:
    blueprint = trained.blueprint
    pack = pack_of(trained)
    # 10,000 slots: each trained model serves many times, with weights of its own in the stack.
    entries = [Entry(f"{i}", f"{i}", pack, i % len(pack), blueprint) for i in range(10_000)]
    scorer = Scorer(entries)
    draw = np.random.default_rng(0)
    plant = fleet_rows(FLEET).values
    template = MaskedAutoencoder(Inputs(SIGNALS)).eval()
    found = []
    for name, size, lost in (
        ("fleet_score_10000_rows", 10_000, 0.0),
        ("fleet_score_100000_rows", 100_000, 0.0),
        ("fleet_score_10pct_fallback", 10_000, 0.1),
    ):
        slots = draw.integers(0, len(entries), size)
        values = plant[(slots % FLEET) * ROWS + draw.integers(0, ROWS, size)]
        values[draw.random(size) < lost, 3] = np.nan
        state = scorer.state()

        def block(slots: np.ndarray = slots, values: np.ndarray = values, state: object = state) -> None:
            scorer.score(slots, values, None, state)

        def single(slots: np.ndarray = slots, values: np.ndarray = values) -> None:
            everything = torch.ones(1, SIGNALS)
            for slot, row in zip(slots[:500], values[:500], strict=True):
                x = torch.from_numpy(np.nan_to_num((row - scorer.center[slot]) / scorer.scale[slot]).astype(np.float32))
                weights = {k: v[slot % FLEET] for k, v in trained.main.items()}
                with torch.no_grad():
                    output = functional_call(template, weights, (x[None], everything))
                    reconstruction_score(output, x[None], everything).sum().item()

        found.append(compare(name, "rows/s", (block, size), "one module call a row", (single, 500), pairs))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    any_module, _ = training("fleet_train_any_module_vs_loop", AnyModule, arguments.pairs)
    dense, trained = training("fleet_train_vs_loop", MaskedAutoencoder, arguments.pairs)
    fitted = fitting(arguments.pairs)
    print(write("fleet", [any_module, dense, fitted, *scoring(trained, arguments.pairs)]))


if __name__ == "__main__":
    main()
