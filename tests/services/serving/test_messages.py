import zlib
from uuid import UUID, uuid4

import pytest

from services.serving.cluster.messages import AppliedState, WantedAsset, WantedContract, WantedModel, WantedState

A, B = UUID(int=1), UUID(int=2)


def test_states_come_back_as_they_went() -> None:
    model = WantedModel(A, "d" * 64, 3, 2)
    wanted = WantedState(
        generation=7,
        contracts=(WantedContract(B, 2, ("x", "y"), ("essential", "optional")),),
        assets=(WantedAsset(A, B, model, (WantedModel(B, "e" * 64, 0, 1),)), WantedAsset(B, B, model)),
        scorers=2,
        running=3,
    )
    assert WantedState.decode(wanted.encode()) == wanted
    applied = AppliedState(7, {A: "it hangs", B: "wrong shape"}, {A: 0.25, B: 0.000125})
    assert AppliedState.decode(applied.encode()) == applied


def test_ten_thousand_assets_with_two_shadows_fit_into_a_message_of_a_megabyte() -> None:
    def model() -> WantedModel:
        return WantedModel(uuid4(), "d" * 64, 5, 1)

    contract = uuid4()
    assets = tuple(WantedAsset(uuid4(), contract, model(), (model(), model())) for _ in range(10_000))
    assert len(WantedState(1, (), assets).encode()) < 1_000_000


@pytest.mark.parametrize("data", [b"", b"{}", zlib.compress(b"[]"), zlib.compress(b"{}")[:-3]])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        AppliedState.decode(data)
