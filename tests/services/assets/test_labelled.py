"""Labels of assets and queries by them, on a real database."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statements import statements

from andon_sdk.plugin import Contract, Signal
from services.assets import api
from services.assets.contracts import Asset, AssetQuery, Label, NewAsset
from services.assets.errors import AssetNotFound, LabelInvalid, LabelQueryInvalid, TooManyAssets, TooManyLabels
from services.assets.labelquery import Requirement, render
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role

pytestmark = pytest.mark.platform

SEED = 20261126
KEYS = ["line", "maker", "old", "in"]
VALUES = ["3", "acme", "Halle 7, Süd", "", '"', "\\", "%", "' OR 1=1 --"]


@pytest.fixture
async def unit(platform, tenant):
    async with platform.unit(tenant) as uow:
        yield uow


@pytest.fixture(scope="module")
async def labelled(platform, tenant, principal) -> list[Asset]:
    """Sixty assets whose labels are drawn with `SEED`; committed, for all tests of the module."""
    chance = random.Random(SEED)
    signals = (Signal("flow", "Flow", "l/min", 0.0, 40.0),)
    new = [
        NewAsset(
            f"a-{number:02}", "Drill", "Ulsan", "Line 1", "drills",
            tuple(Label(key, chance.choice(VALUES)) for key in KEYS if chance.random() < 0.6),
        )
        for number in range(60)
    ]  # fmt: skip
    async with platform.unit(tenant) as uow:
        await api.put_contract(uow, principal, Contract("drills", "Drills", signals, period_s=1.0))
        made = await api.create_assets(uow, principal, new)
        await uow.commit()
    return made


def values_of(asset: Asset) -> dict[str, str]:
    return {label.key: label.value for label in asset.labels}


def holds(requirement: Requirement, labels: dict[str, str]) -> bool:
    """What the language means, in Python."""
    if requirement.values is None:
        return (requirement.key in labels) is not requirement.negated
    return (labels.get(requirement.key) in requirement.values) is not requirement.negated


async def found(uow, principal, query: str, **narrowed) -> list[str]:
    asked = AssetQuery(labels=query, first=100, **narrowed)
    keys = [asset.key for asset in await api.list_assets(uow, principal, asked)]
    assert await api.count_assets(uow, principal, asked) == len(keys)
    return keys


QUERIES = st.lists(
    st.builds(
        Requirement,
        st.sampled_from([*KEYS, "nowhere"]),
        st.none() | st.lists(st.sampled_from([*VALUES, "nothing"]), min_size=1, max_size=3).map(tuple),
        st.booleans(),
    ),
    max_size=3,
).map(tuple)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUERIES)
async def test_the_database_finds_what_the_language_means(unit, principal, labelled, query: tuple[Requirement, ...]):
    meant = [asset.key for asset in labelled if all(holds(each, values_of(asset)) for each in query)]
    assert await found(unit, principal, render(query)) == meant


async def test_a_query_holds_together_with_a_search_and_goes_on_page_by_page(unit, principal, labelled):
    meant = [asset.key for asset in labelled if "maker" in values_of(asset) and asset.key.startswith("a-1")]
    assert await found(unit, principal, "maker", search="a-1") == meant
    assert len(meant) > 3
    seen, after = [], None
    while page := await api.list_assets(unit, principal, AssetQuery("a-1", "maker", first=2, after=after)):
        seen += [asset.key for asset in page]
        after = (page[-1].key, page[-1].id)
    assert seen == meant


async def test_a_wrong_query_is_refused_by_the_list_and_the_count(unit, principal, labelled):
    for ask in (api.list_assets, api.count_assets):
        with pytest.raises(LabelQueryInvalid) as caught:
            await ask(unit, principal, AssetQuery(labels="line = "))
        assert caught.value.facts["position"] == 8


async def test_labels_are_set_and_removed_by_one_statement(platform, unit, principal, labelled):
    few, all_of_them = labelled[:2], [asset.id for asset in labelled]
    put = [Label("maker", "trumpf"), Label("hall", "7")]
    sent = []
    for ids in ([asset.id for asset in few], all_of_them):
        with statements(platform.platform.database) as asked:
            changed = await api.set_labels(unit, principal, ids, put, ["old", "nowhere"])
        sent.append([each for each in asked if each.startswith("UPDATE")])
    assert [len(each) for each in sent] == [1, 1]
    for before, after in zip(labelled, changed, strict=True):
        kept = {key: value for key, value in values_of(before).items() if key != "old"}
        assert values_of(after) == kept | {"maker": "trumpf", "hall": "7"}
        assert [label.key for label in after.labels] == sorted(values_of(after))
    assert await api.get_assets(unit, principal, all_of_them) == changed
    assert await api.set_labels(unit, principal, all_of_them, [], []) == changed
    assert await found(unit, principal, "hall=7, maker=trumpf, !old") == [asset.key for asset in labelled]


async def test_no_asset_is_changed_if_one_cannot_be(platform, principal, labelled, tenant):
    ids = [asset.id for asset in labelled]
    full = [Label(f"k{number}", "") for number in range(31)]
    wrong = [
        (ids, full, [], TooManyLabels),
        ([*ids, new_id()], [Label("line", "9")], [], AssetNotFound),
        ([new_id() for _ in range(1_001)], [], [], TooManyAssets),
        (ids, [Label("Line", "9")], [], LabelInvalid),
        (ids, [Label("line", "9")], ["line"], LabelInvalid),
    ]
    for asset_ids, put, remove, error in wrong:
        async with platform.unit(tenant) as uow:
            with pytest.raises(error):
                await api.set_labels(uow, principal, asset_ids, put, remove)
    async with platform.unit(tenant) as uow:
        assert await api.get_assets(uow, principal, ids) == labelled


async def test_the_right_is_needed(unit, tenant, labelled):
    operator = Principal(tenant.id, new_id(), "member", "Olga", RIGHTS[Role.OPERATOR], Role.OPERATOR)
    with pytest.raises(Forbidden):
        await api.set_labels(unit, operator, [labelled[0].id], [Label("line", "9")], [])


async def test_another_tenants_assets_are_absent(platform, principal, other_tenant, other_principal, labelled, tenant):
    async with platform.unit(other_tenant) as theirs:
        with pytest.raises(AssetNotFound):
            await api.set_labels(theirs, other_principal, [labelled[0].id], [Label("line", "9")], [])
        assert await found(theirs, other_principal, "!nowhere") == []
        await theirs.commit()
    async with platform.unit(tenant) as ours:
        assert await api.get_assets(ours, principal, [labelled[0].id]) == [labelled[0]]
