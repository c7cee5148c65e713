"""What a candidate is refused for, without a stream or a bucket."""

from dataclasses import replace
from typing import Any

import pytest

from services.fleet.pack import Pack
from services.kernel.ids import new_id
from services.serving.cluster.messages import WantedContract, WantedModel
from services.serving.cluster.rehearsal import Candidate, judge

SIGNALS = ("a", "b", "c", "d")


def candidate(pack: Pack, signals: tuple[str, ...] = SIGNALS) -> Candidate:
    models = tuple(WantedModel(new_id(), pack.digest, index, 1) for index in range(3))
    return Candidate(pack.digest, WantedContract(new_id(), 1, signals, ("optional",) * len(signals)), models)


def test_models_that_answer_as_they_did_are_fit(good_pack: Pack, offered: Any) -> None:
    assert judge(candidate(good_pack), good_pack, offered["trial"].blueprint) == {}


@pytest.mark.parametrize("half", ["main", "fallback"])
def test_a_model_that_answers_otherwise_is_refused_alone(good_pack: Pack, offered: Any, half: str) -> None:
    weights = {name: value.clone() for name, value in getattr(good_pack, half).items()}
    weights["layer.weight"][1] += 0.05
    changed = replace(good_pack, **{half: weights})
    one = candidate(changed)
    refused = judge(one, changed, offered["trial"].blueprint)
    assert list(refused) == [one.models[1].version]
    assert refused[one.models[1].version].startswith(f"Its {half} model scores golden row ")
    assert refused[one.models[1].version].endswith("is not what trained it. Train it again.")


def test_code_that_answers_otherwise_is_refused(good_pack: Pack, offered: Any) -> None:
    blueprint = offered["trial"].blueprint
    other = replace(blueprint, score=lambda output, x, present: 1.01 * blueprint.score(output, x, present))
    one = candidate(good_pack)
    assert set(judge(one, good_pack, other)) == {model.version for model in one.models}


def test_another_contract_is_refused(good_pack: Pack, offered: Any) -> None:
    one = candidate(good_pack, SIGNALS[:3])
    assert set(judge(one, good_pack, offered["trial"].blueprint).values()) == {
        "It reads 4 signals, its contract has 3."
    }
