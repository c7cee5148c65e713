"""What a run of training may set."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from andon_sdk.plugin import Blueprint
from services.fleet.prepare import SplitSettings


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What a run may set. `of` takes the blueprint's defaults and an engineer's overrides."""

    epochs: int
    learning_rate: float
    batch_rows: int
    drop_share: float
    block_assets: int = 64
    """Assets trained at once, two models each: weights and Adam's moments of 64-128 models stay in cache."""
    split: SplitSettings = field(default_factory=SplitSettings)
    patience: int = 0
    """Epochs without improvement after which an asset ends; 0 where all epochs are trained."""

    @classmethod
    def of(
        cls, blueprint: Blueprint, overrides: Mapping[str, float] | None = None, **others: object
    ) -> "TrainSettings":
        """Raises ValueError for an override the blueprint does not know or that lies outside its range."""
        values = {parameter.key: parameter.default for parameter in blueprint.parameters}
        limits = {parameter.key: parameter for parameter in blueprint.parameters}
        for key, value in (overrides or {}).items():
            if key not in limits:
                raise ValueError(f"{blueprint.key} has no parameter {key!r}; it has {', '.join(limits)}")
            if not limits[key].low <= value <= limits[key].high:
                raise ValueError(f"{key} must lie between {limits[key].low} and {limits[key].high}, not {value}")
            values[key] = value
        return cls(
            int(values["epochs"]),
            values["learning_rate"],
            int(values["batch_rows"]),
            values["drop_share"],
            patience=int(values.get("patience", 0)),
            **others,  # type: ignore[arg-type]
        )
