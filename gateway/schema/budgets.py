"""What the tenant may ask of the installation in a time, and what is left of it."""

import strawberry

from gateway.schema.kit import Info
from services.budgets.contracts import Budget, BudgetState
from services.kernel.rights import Permission

strawberry.enum(Budget, name="BudgetKind", description="What a budget is of.")


@strawberry.type(name="Budget", description="One budget of the tenant, over all its members and keys.")
class BudgetType:
    @strawberry.field
    @staticmethod
    def kind(parent: strawberry.Parent[BudgetState]) -> Budget:
        return parent.budget

    @strawberry.field(description="What comes back in a second.")
    @staticmethod
    def per_second(parent: strawberry.Parent[BudgetState]) -> float:
        return parent.quota.per_second

    @strawberry.field(description="What a budget that was left alone holds; a whole number.")
    @staticmethod
    def burst(parent: strawberry.Parent[BudgetState]) -> float:
        return parent.quota.burst

    @strawberry.field(description="What may be taken now; a whole number.")
    @staticmethod
    def remaining(parent: strawberry.Parent[BudgetState]) -> float:
        return parent.remaining

    reset_seconds: float = strawberry.field(description="Until it is whole again, if nothing more is taken.")


@strawberry.type
class BudgetsQuery:
    @strawberry.field(
        graphql_type=list[BudgetType], description="The tenant's budgets as they are now. Needs `MANAGE_KEYS`."
    )
    async def budgets(self, info: Info) -> list[BudgetState]:
        info.context.principal.require(Permission.MANAGE_KEYS)
        return await info.context.account.states()
