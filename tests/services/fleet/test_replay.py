"""The stored models answer recorded rows as those in memory; what differs is counted, asset by asset."""

from dataclasses import replace

import numpy as np
import pytest
from small_fleet import fleet_rows

from services.fleet.artefact import digest_of, write_pack
from services.fleet.errors import DigestMismatch
from services.fleet.replay import RECORDED_ROWS, answered_otherwise, newest


@pytest.mark.parametrize("kind", ["entries", "history_entries"])
def test_the_stored_models_answer_the_same_in_two_messages(kind, request):
    entries = request.getfixturevalue(kind)
    rows = newest(fleet_rows(9), [entry.asset for entry in entries])
    rows[2, 5:9, 3] = np.nan
    assert rows.shape == (9, RECORDED_ROWS, 6)
    assert answered_otherwise(entries, write_pack(entries[0].pack), rows).tolist() == [0] * 9


def test_another_weight_is_another_answer(entries):
    pack = entries[0].pack
    weights = {name: value.clone() for name, value in pack.main.items()}
    weights["layers.0.weight"][3] *= 1.02
    files = write_pack(replace(pack, main=weights))
    judged = [replace(entry, pack=replace(pack, digest=digest_of(files))) for entry in entries]
    found = answered_otherwise(judged, files, newest(fleet_rows(9), [entry.asset for entry in entries]))
    assert found[3] > RECORDED_ROWS / 2  # the first ones are held by the window's typical score
    assert np.delete(found, 3).tolist() == [0] * 8


def test_other_bytes_are_refused(entries):
    files = write_pack(entries[0].pack)
    damaged = files | {"models.safetensors": files["models.safetensors"][:-1] + b"\0"}
    with pytest.raises(DigestMismatch):
        answered_otherwise(entries, damaged, newest(fleet_rows(9), [entry.asset for entry in entries]))


def test_rows_before_the_first_are_absent():
    rows = newest(fleet_rows(2, rows=20), ["asset-1", "asset-0"])
    assert np.isnan(rows[:, :12]).all()
    assert (rows[0, -1] == fleet_rows(2, rows=20).values[-1]).all()
