"""From three notebooks to champions whose scores stream: torch stacked over twenty assets, scikit-learn, LightGBM."""

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from drills import until

from andon_sdk.client import Refused
from andon_sdk.link.deploy import DeployRefused, deploy
from andon_sdk.link.proving import prove
from andon_sdk.link.standing import Mark
from andon_sdk.plugin import Contract, Signal
from infra.demo.documents import ASSET, CREATE_ASSETS, PROMOTE_RUN, PUT_CONTRACT, contract_input
from services.kernel.ids import new_id

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.alone]

NOTEBOOKS = Path(__file__).parents[1] / "sdk" / "link" / "notebooks"
SIGNALS = ("flow", "pressure", "current", "temperature")
VALVE = Contract("valve", "Valve", tuple(Signal(key, key.title(), "1", -1000.0, 1000.0) for key in SIGNALS), 1.0)
ROWS, LIVE = 700, 40
WATCHED = {
    "watch": [f"valve-{number:02}" for number in range(20)],
    "shape": ["valve-20", "valve-21"],
    "trees": ["valve-22", "valve-23"],
}


def life(asset: int, rows: int) -> np.ndarray:
    """Two causes move four signals; every valve has its own mixing and base."""
    draw = np.random.default_rng([7, asset])
    mixing, base = draw.normal(size=(2, 4)), draw.uniform(-50, 50, 4)
    values = np.random.default_rng([8, asset]).normal(size=(ROWS + LIVE, 2)) @ mixing
    noise = np.random.default_rng([9, asset]).normal(size=values.shape)
    return (base + 5 * values + 0.3 * noise)[-rows:] if rows == LIVE else (base + 5 * values + 0.3 * noise)[:rows]


def table(keys: list[str], rows: int, start: datetime) -> pa.Table:
    values = np.concatenate([life(int(key[-2:]), rows) for key in keys])
    times = [start + timedelta(seconds=second) for _ in keys for second in range(rows)]
    columns = {"asset": np.repeat(np.array(keys, object), rows), "time": pa.array(times, pa.timestamp("us", "UTC"))}
    return pa.table(columns | {key: values[:, place] for place, key in enumerate(SIGNALS)})


def test_three_frameworks_go_from_notebook_to_streaming_scores(running, tmp_path):
    keys = [key for some in WATCHED.values() for key in some]
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=ROWS)
    pl.DataFrame(life(30, 300), schema=list(SIGNALS)).write_csv(tmp_path / "rows.csv")
    with running.client(f"link-{new_id().hex[-6:]}") as andon:
        andon.mutate(PUT_CONTRACT, input=contract_input(VALVE))
        new = [{"key": key, "title": key, "site": "S", "line": "L", "contract": "valve"} for key in keys]
        ids = {one["key"]: one["id"] for one in andon.mutate(CREATE_ASSETS, input={"assets": new})["assets"]}

        def sent() -> dict | None:
            try:
                return andon.ingest("valve", table(keys, ROWS, start))
            except Refused as refused:
                if refused.code != "ENCLAVE_MISSING":
                    raise
                return None

        assert until("the stream of a new tenant", sent)["stored"] == ROWS * len(keys)
        first = {}
        for name in WATCHED:
            path = Path(shutil.copy(NOTEBOOKS / f"{name}.py", tmp_path))
            with pytest.raises(DeployRefused, match="It was not proven as it is saved now"):
                deploy(path, andon, name=f"valve-{name}")
            assert prove(path).state is Mark.PROVEN
            first[name] = deploy(path, andon, name=f"valve-{name}")
            assert (first[name].pipeline.version, first[name].blueprint) == ("1.1", f"valve-{name}")
        for name, watched in WATCHED.items():
            given = {"epochs": 3.0} if name == "watch" else {}
            asked = {"name": f"valve-{name}", "assets": watched, "start": start, "end": start + timedelta(seconds=ROWS)}
            again = deploy(tmp_path / f"{name}.py", andon, **asked, parameters=given)
            assert again.pipeline.id == first[name].pipeline.id
            assert again.run.state.value == "SUCCEEDED", again.run.message
            assert again.run.challengers == len(watched), again.run.message
            andon.mutate(PROMOTE_RUN, input={"runId": again.run.id})

        def settled() -> bool:
            found = [andon.query(ASSET, key=key)["asset"]["deployment"] for key in keys]
            return all(each is not None and each["settled"] for each in found)

        until("serving", settled)
        live = start + timedelta(seconds=ROWS + 5)
        assert andon.ingest("valve", table(keys, LIVE, live))["stored"] == LIVE * len(keys)

        def answered() -> Counter | None:
            found: Counter = Counter()
            for key in keys:
                scores = pl.DataFrame(andon.scores(ids[key], live, live + timedelta(seconds=LIVE)))
                found[key] = scores.filter(pl.col("value").is_not_null()).height
            return found if found.total() == LIVE * len(keys) else None

        assert set(until("scores of every row", answered).values()) == {LIVE}
