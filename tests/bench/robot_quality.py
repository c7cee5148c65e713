"""Protective stops and lost grips of a robot arm, by the engine alone, in order of time.

    python tests/bench/robot_quality.py ../shared/data/ur3_cobotops

A model is made of the earlier rows, without labels and with those of their events, and scores the later ones row after
row (causal), for several borders between the two. Beside it what other methods say, and what rows dealt at random would
have given, whose neighbours in time were learned from. Ends with 1 where a bound of acceptance is missed.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from andon_robot_arm.contract import ROBOT_ARM, WATCHED
from andon_robot_arm.phases import HISTORY, fit_phases, phase_score
from harness import Row, write
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from andon_sdk.plugin import FitRows, Inputs
from infra.demo.arm.data import Recording, read
from infra.demo.quality import roc_auc
from services.fleet.prepare import scaled

sys.path.append(str(Path(__file__).parents[1] / "support"))
from arm_recording import fitted, found

BORDERS = (0.4, 0.5, 0.6, 0.7, 0.8)
BOUND = {"unlabelled": 0.67, "labelled": 0.86}
ACCEPTED = 0.6
"""The border at which the bounds hold."""


def main(folder: Path) -> int:
    torch.set_num_threads(1)
    recording = read(folder, ROBOT_ARM.keys)
    rows, missed = [], 0
    for border in BORDERS:
        earlier = recording.earlier(border)
        for kind in ("unlabelled", "labelled"):
            figures = found(recording, earlier, kind == "labelled")
            rows.append(Row(f"robot_auc_{kind}_{border:.0%}", figures.auc, "AUC", facts=figures._asdict()))
            missed += border == ACCEPTED and figures.auc < BOUND[kind]
        rows.append(Row(f"robot_auc_pca_{border:.0%}", components(recording, earlier), "AUC"))
    rows += [Row(f"robot_auc_{kind}_shuffled", shuffled(recording, kind), "AUC") for kind in BOUND]
    for row in rows:
        print(
            f"{row.name:32}"
            + ", ".join(f"{key} {value:.3f}" for key, value in ({"auc": row.value} | row.facts).items())
        )
    print(write("robot", rows))
    return int(missed > 0)


def components(recording: Recording, earlier: int) -> float:
    """Eight principal components of all signals of a row, the classic: distance off their plane."""
    values = np.nan_to_num(recording.values, nan=0.0)
    scaler = StandardScaler().fit(values[:earlier])
    plane = PCA(8, random_state=0).fit(scaler.transform(values[:earlier]))
    standard = scaler.transform(values[earlier:])
    off = standard - plane.inverse_transform(plane.transform(standard))
    return roc_auc(recording.abnormal[earlier:], (off**2).sum(axis=1))


def shuffled(recording: Recording, kind: str) -> float:
    """The same method with three fifths of the rows, dealt at random, to learn from."""
    place = np.arange(len(recording.values))[:, None] + np.arange(1 - HISTORY, 1)
    known = ~np.isnan(recording.values)
    pack = fitted(recording, len(place), False)
    present = torch.from_numpy((known[place.clip(0)] & (place >= 0)[..., None]).astype(np.float32))
    x = torch.from_numpy(scaled(recording.values, pack.center[0], pack.scale[0], known)[place.clip(0)]) * present
    taught = np.random.default_rng(0).random(len(x)) < ACCEPTED
    labels = kind == "labelled"
    normal = torch.from_numpy(taught & ~(recording.abnormal & labels))
    events = torch.from_numpy(taught & recording.abnormal & labels)
    inputs = Inputs(len(ROBOT_ARM.signals), HISTORY, tuple(i for i in range(x.shape[2]) if i not in WATCHED))
    rows = FitRows(x[normal], present[normal], x[normal], present[normal], inputs, x[events], present[events])
    said = phase_score(fit_phases(rows, {}), x[~taught], present[~taught], present[~taught, -1]).sum(dim=1)
    return roc_auc(recording.abnormal[~taught], said.numpy())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
