"""Two blueprint versions compared, in the very words that are shown."""

import json
import math
from dataclasses import replace
from uuid import UUID

from andon_sdk.plugin import PATIENCE, Blueprint, Contract, Estimator, Importance, Parameter, Signal, Threshold
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from services.blueprints.changes import changes
from services.blueprints.contracts import BlueprintVersion, Change, ChangeKind, PluginInfo
from services.blueprints.declaration import declaration
from services.kernel.clock import utc_now

HEAT, NOISE = Signal("heat", "Heat", "degC", 0, 150), Signal("noise", "Noise", "dB", 0, 90)
LOAD = Signal("load", "Load", "kN", 0, 9.5, Importance.OPTIONAL, exogenous=True)
PRESS = Contract("press", "Press", (HEAT, NOISE), 60)
WATCH = Blueprint(
    "press-watch", "Watch a press", "3", "press", MaskedAutoencoder, reconstruction_loss, reconstruction_score
)
PLUGIN = PluginInfo("andon-press", "1.0", "a" * 64)
NEWER = PluginInfo("andon-press", "1.1", "b" * 64)
FILES = Change("plugin.files", "Files of the plugin", ChangeKind.CHANGED, "a" * 12, "b" * 12)


def version(
    recipe: Blueprint | Estimator, contract: Contract | None = PRESS, plugin: PluginInfo = PLUGIN
) -> BlueprintVersion:
    # As it comes back from the database.
    said = json.loads(json.dumps(declaration(recipe, contract)))
    return BlueprintVersion(UUID(int=1), recipe.key, recipe.version, plugin, said, False, utc_now())


def changed(path: str, title: str, before: str, after: str) -> Change:
    return Change(path, title, ChangeKind.CHANGED, before, after)


def test_a_version_and_itself() -> None:
    assert changes(version(WATCH), version(WATCH)) == []


def test_a_parameter_that_single_assets_may_set_no_more() -> None:
    said = version(WATCH)
    whole = [each | {"own": False} for each in said.declaration["parameters"]]
    after = replace(said, declaration={**said.declaration, "parameters": whole})
    assert [each for each in changes(said, after) if "epochs" in each.path] == [
        changed("parameters.epochs.own", "Epochs: can be set", "for single assets too", "for the whole run only")
    ]


def test_only_files_of_the_plugin_changed() -> None:
    same_number = replace(NEWER, version="1.0")
    assert changes(version(WATCH), version(WATCH, plugin=same_number)) == [FILES]


def test_parameters_threshold_and_code() -> None:
    after = replace(
        WATCH,
        epochs=Parameter("epochs", "Epochs", 80, 10, 500, whole=True),
        learning_rate=Parameter("learning_rate", "Step", 3e-3, 1e-5, 1e-1),
        threshold=Threshold(quantile=0.995, factor=2.0, smooth_rows=15),
        history_rows=5,
        module=lambda inputs: MaskedAutoencoder(inputs, (64, 6, 64)),
        patience=PATIENCE,
    )
    assert changes(version(WATCH), version(after, plugin=NEWER)) == [
        changed("parameters.epochs.default", "Epochs: default", "60", "80"),
        changed("parameters.epochs.range", "Epochs: range", "whole numbers 1 to 1000", "whole numbers 10 to 500"),
        changed("parameters.learning_rate.title", "Step: name", "Learning rate", "Step"),
        changed("parameters.learning_rate.default", "Step: default", "0.001", "0.003"),
        Change(
            "parameters.patience", "Epochs without improvement before an asset ends", ChangeKind.ADDED,
            None, "10, whole numbers 0 to 1000, for single assets too",
        ),
        changed(
            "threshold.quantile", "Threshold: calibration rows below it, before the factor",
            "99 %", "99.5 %",
        ),
        changed("threshold.factor", "Threshold: factor", "1.5", "2"),
        changed("history_rows", "Rows a score looks at", "1", "5"),
        changed(
            "code.module", "Module", "andon_sdk.plugin.dense.MaskedAutoencoder",
            "MaskedAutoencoder(inputs, (64, 6, 64))",
        ),
        changed("plugin", "Plugin", "andon-press 1.0", "andon-press 1.1"),
        FILES,
    ]  # fmt: skip


def test_signals_come_go_change_and_change_places() -> None:
    hotter = replace(HEAT, high=180, importance=Importance.ESSENTIAL, unit="degF", exogenous=True)
    after = replace(PRESS, period_s=30, signals=(LOAD, NOISE, hotter))
    assert changes(version(WATCH), version(WATCH, after)) == [
        changed("contract.period_s", "Time between rows", "60 s", "30 s"),
        Change("signals.load", "Signal Load", ChangeKind.ADDED, None, "kN, 0 to 9.5, optional, drives the asset"),
        changed("signals.heat.unit", "Signal Heat: unit", "degC", "degF"),
        changed("signals.heat.limits", "Signal Heat: limits", "0 to 150", "0 to 180"),
        changed("signals.heat.importance", "Signal Heat: importance", "important", "essential"),
        changed("signals.heat.exogenous", "Signal Heat: role", "judged", "drives the asset"),
        changed("signals", "Order of signals", "Heat, Noise", "Noise, Heat"),
    ]
    back = changes(version(WATCH, after), version(WATCH))
    assert back[-1] == Change(
        "signals.load", "Signal Load", ChangeKind.REMOVED, "kN, 0 to 9.5, optional, drives the asset", None
    )
    assert len(back) == 7


def test_from_a_trained_blueprint_to_a_fitted_one_for_any_contract() -> None:
    fitted = Estimator(
        "any-fit", "Fit any", "1", None, math.hypot, reconstruction_score, stacked=True, drop_share=WATCH.drop_share
    )
    found = {each.path: each for each in changes(version(WATCH), version(fitted, None))}
    assert found["key"] == changed("key", "Blueprint", "press-watch", "any-fit")
    assert found["contract"] == changed("contract", "Contract", "press", "any")
    assert found["kind"] == changed("kind", "A model is", "trained step by step", "computed from its rows at once")
    assert found["stacked"] == Change("stacked", "Assets are fitted", ChangeKind.ADDED, None, "together")
    assert "learns_labels" not in found
    taught = changes(version(fitted, None), version(replace(fitted, learns_labels=True), None))
    assert taught == [Change("learns_labels", "Labelled events", ChangeKind.ADDED, None, "are taught to the model")]
    assert found["code.fit"] == Change("code.fit", "Fit", ChangeKind.ADDED, None, "math.hypot")
    assert [each.path for each in found.values() if each.kind is ChangeKind.REMOVED] == [
        "parameters.epochs", "parameters.learning_rate", "parameters.batch_rows", "contract.period_s", "signals.heat",
        "signals.noise", "code.module", "code.loss",
    ]  # fmt: skip
    assert found["parameters.epochs"].before == "60, whole numbers 1 to 1000, for single assets too"
    assert "parameters.drop_share" not in found


def test_a_limit_may_be_infinite() -> None:
    endless = replace(PRESS, signals=(replace(HEAT, low=-math.inf), NOISE))
    assert changes(version(WATCH), version(WATCH, endless)) == [
        changed("signals.heat.limits", "Signal Heat: limits", "0 to 150", "-inf to 150")
    ]
