"""What keeps a champion from being updated, by its lineage."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.assets.contracts import ContractVersion
from services.blueprints.host import installed
from services.registry.contracts import Lineage, ModelVersion
from services.training.updating import obstacle

OFFERED = installed().blueprints["any-machine-watch"]
FITTED = installed().blueprints["any-machine-trees"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONTRACT: Any = ContractVersion(UUID(int=1), 2, None, "d", NOW)  # type: ignore[arg-type] the signals do not matter
LINEAGE = Lineage(UUID(int=2), "s", OFFERED.blueprint.key, OFFERED.blueprint.version, "p", "x", CONTRACT.id, 2, {}, 0)
CHAMPION = ModelVersion(UUID(int=3), UUID(int=4), 1, "d" * 64, 0, LINEAGE, {}, frozenset(), NOW)


def test_a_champion_of_the_same_blueprint_and_contract_is_updated() -> None:
    assert obstacle(CHAMPION, OFFERED, CONTRACT) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"blueprint": "other"}, "Its champion is of another blueprint, other."),
        (
            {"blueprint_version": "0"},
            f"Its champion is of the blueprint's version 0, and {OFFERED.blueprint.version} is installed.",
        ),
        ({"contract_version": 1}, "Its contract changed since its champion was trained."),
        ({"borrowed_from": UUID(int=9)}, "Its champion is borrowed from another asset."),
    ],
)
def test_another_one_is_not(change: dict[str, Any], sentence: str) -> None:
    assert obstacle(replace(CHAMPION, lineage=replace(LINEAGE, **change)), OFFERED, CONTRACT) == sentence


def test_without_a_champion_or_with_a_fitted_model_there_is_nothing_to_go_on_from() -> None:
    assert obstacle(None, OFFERED, CONTRACT) == "It has no champion yet."
    title = FITTED.blueprint.title
    assert obstacle(CHAMPION, FITTED, CONTRACT) == f"Models of “{title}” are fitted in one go and cannot be updated."
