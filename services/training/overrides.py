"""Parameters that single assets of a run have of their own."""

from collections.abc import Collection, Mapping
from uuid import UUID

from andon_sdk.plugin import Recipe
from services.blueprints.parameters import resolve
from services.training.errors import OverrideOutsideRun, ParameterOfWholeRun


def checked(
    blueprint: Recipe,
    parameters: Mapping[str, float],
    overrides: Mapping[UUID, Mapping[str, float]],
    asset_ids: Collection[UUID],
) -> dict[UUID, dict[str, float]]:
    """What each asset has of its own, given the run's resolved `parameters`.

    A value equal to the run's is left out, and so is an asset with no other: equal work is to have an equal digest.

    Raises `OverrideOutsideRun`, `UnknownParameter`, `ParameterOutOfRange`, `ParameterOfWholeRun`; `field` is
    `overrides.<asset>` or `overrides.<asset>.<key>`.
    """
    inside = frozenset(asset_ids)
    found: dict[UUID, dict[str, float]] = {}
    for asset_id, own in overrides.items():
        at = f"overrides.{asset_id}"
        if asset_id not in inside:
            raise OverrideOutsideRun(
                "Parameters are given for an asset that the run does not train. Add it to the run, or leave them out.",
                field=at,
                asset=str(asset_id),
            )
        resolved = resolve(blueprint, own, at=at)
        if shared := [key for key in own if key not in blueprint.own]:
            raise ParameterOfWholeRun(
                f"“{shared[0]}” holds for the whole run. An asset may have its own: {', '.join(blueprint.own)}.",
                field=f"{at}.{shared[0]}",
                asset=str(asset_id),
                allowed=blueprint.own,
            )
        if different := {key: resolved[key] for key in own if resolved[key] != parameters[key]}:
            found[asset_id] = different
    return found
