"""When a run may go on from an asset's champion, and when it has to train anew. Pure functions."""

from andon_sdk.plugin import Estimator
from services.assets.contracts import ContractVersion
from services.blueprints.contracts import OfferedBlueprint
from services.registry.contracts import ModelVersion


def obstacle(champion: ModelVersion | None, offered: OfferedBlueprint, contract: ContractVersion) -> str | None:
    """Why the champion cannot be updated, as a sentence; None where it can. `contract` is the newest version."""
    recipe = offered.blueprint
    if isinstance(recipe, Estimator):
        return f"Models of “{recipe.title}” are fitted in one go and cannot be updated."
    if champion is None:
        return "It has no champion yet."
    made = champion.lineage
    differ = {
        f"Its champion is of another blueprint, {made.blueprint}.": made.blueprint != recipe.key,
        f"Its champion is of the blueprint's version {made.blueprint_version}, and {recipe.version} is installed.": (
            made.blueprint_version != recipe.version
        ),
        "Its contract changed since its champion was trained.": (
            (made.contract_id, made.contract_version) != (contract.id, contract.version)
        ),
        "Its champion is borrowed from another asset.": made.borrowed_from is not None,
    }
    return next((sentence for sentence, is_so in differ.items() if is_so), None)
