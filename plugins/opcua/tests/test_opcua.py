"""Against a real server, that is stopped and started."""

import asyncio
import itertools
import logging
from importlib.metadata import entry_points

import pytest
from andon_opcua import history
from andon_opcua.source import OpcUaSource
from asyncua import ua
from asyncua.common.utils import ServiceError
from opcua_plant import URI, Received, at, number, streaming, tag

from andon_sdk.connector import SettingsRefused, SourceUnavailable
from andon_sdk.connector import Tag as Listed


def test_it_is_offered():
    (found,) = entry_points(group="andon.plugins.v1", name="opcua")
    (connector,) = found.load().connectors()
    assert (connector.key, connector.title) == ("opc-ua", "OPC UA")


async def test_values_come_with_source_times_and_qualities(plant):
    await plant.write("T0", number(1.0, 1))
    async with streaming(plant.settings(), [tag("T0")]) as (received, _):
        await received.until(1)
        for tick, status in ((2, 0), (3, 0x40940000), (4, 0x808A0000)):
            await plant.write("T0", number(float(tick), tick, status))
        await received.until(4)
    assert received.of(tag("T0")) == [(at(1), 1.0, 0), (at(2), 2.0, 0), (at(3), 3.0, 1), (at(4), None, 2)]


async def test_tags_are_listed_with_units_and_paths_and_loops_end(plant):
    pump = await plant.folder.add_object(plant.space, "Pump")
    await pump.add_reference(plant.folder, ua.ObjectIds.HasComponent)
    speeds = await pump.add_variable(plant.space, "Speeds", [1.0, 2.0], ua.VariantType.Double)
    unit = ua.EUInformation(DisplayName=ua.LocalizedText("1/min"))
    await speeds.add_property(0, "EngineeringUnits", unit)
    await pump.add_variable(plant.space, "Name", "north")
    source = OpcUaSource(plant.settings())
    await source.open()
    found = {listed.title: listed for listed in await source.browse()}
    await source.close()
    address = f"nsu={URI};i={speeds.nodeid.Identifier}"
    assert found == {
        "T0": Listed(tag("T0"), "T0", None, ("Boilers",)),
        "T1": Listed(tag("T1"), "T1", None, ("Boilers",)),
        "T2": Listed(tag("T2"), "T2", None, ("Boilers",)),
        "Speeds[0]": Listed(f"{address};index=0", "Speeds[0]", "1/min", ("Boilers", "Pump")),
        "Speeds[1]": Listed(f"{address};index=1", "Speeds[1]", "1/min", ("Boilers", "Pump")),
    }
    async with streaming(plant.settings(), [f"{address};index=1", f"{address};index=7"]) as (received, _):
        await received.until(2)
    assert {row["tag"][-1]: (row["value"], row["quality"]) for row in received.rows} == {"1": (2.0, 0), "7": (None, 2)}


async def test_listing_stops_where_it_was_told(plant):
    source = OpcUaSource(plant.settings(most_tags=2))
    await source.open()
    assert [listed.title for listed in await source.browse()] == ["T0", "T1"]
    await source.close()


async def test_a_wrong_tag_is_told_and_the_others_go_on(plant, caplog):
    await plant.write("T1", number(5.0, 5))
    text = await plant.folder.add_variable(plant.space, "Text", "open")
    wrong = f"nsu={URI};i={text.nodeid.Identifier}"
    with caplog.at_level(logging.WARNING, "andon_opcua"):
        async with streaming(plant.settings(), ["T1", tag("Gone"), wrong, tag("T1")]) as (received, _):
            await received.until(3)
    told = [record.getMessage() for record in caplog.records if record.name.startswith("andon_opcua")]
    assert told == [
        "left out: T1 is no address of a node. Addresses are like ns=2;s=Boiler.Temperature or ns=2;i=1004",
        f"{tag('Gone')}: refused by the server (BadNodeIdUnknown)",
        f"{wrong}: String in place of a number or boolean",
    ]
    assert {row["tag"]: (row["value"], row["quality"]) for row in received.rows} == {
        tag("Gone"): (None, 2), wrong: (None, 2), tag("T1"): (5.0, 0),
    }  # fmt: skip


@pytest.mark.parametrize("tags", [[tag("Gone")], ["nsu=http://elsewhere;s=T0"], []])
async def test_nothing_but_wrong_tags_is_refused(plant, tags):
    async with streaming(plant.settings(), tags) as (_, task):
        with pytest.raises(SettingsRefused, match=r"^tags: "):
            await task


async def test_a_queue_that_is_too_short_is_told(plant, caplog):
    async with streaming(plant.settings(), [tag("T2")]) as (received, _):
        await received.until(1)
        with caplog.at_level(logging.WARNING, "andon_opcua"):
            await plant.write("T2", number(1.0, 1, 0x00000480))
            await received.until(2)
    assert received.of(tag("T2"))[-1] == (at(1), 1.0, 0)
    assert caplog.messages == [f"{tag('T2')}: the server dropped changes: raise queue, or sampling"]


async def test_a_lost_notification_breaks_the_stream(plant):
    async with streaming(plant.settings(), [tag("T2")]) as (received, task):
        await received.until(1)
        plant.subscription._notification_seq += 1
        await plant.write("T2", number(2.0, 2))
        with pytest.raises(SourceUnavailable, match="lost notification 2"):
            await task
    assert received.of(tag("T2"))[-1][0] == at(1)


async def test_a_lost_notification_is_sent_again(plant):
    async with streaming(plant.settings(), [tag("T2")]) as (received, _):
        await received.until(1)
        await plant.write("T2", number(3.0, 3))
        plant.subscription._pop_publish_result()  # numbered, kept for being asked again, and never sent
        await plant.write("T2", number(4.0, 4))
        await received.until(3)
    assert [row["value"] for row in received.rows[1:]] == [3.0, 4.0]


async def test_a_silent_server_is_away(plant):
    async with streaming(plant.settings(silence=1), [tag("T2")]) as (received, task):
        await received.until(1)
        await plant.subscription.stop()
        with pytest.raises(SourceUnavailable, match=r"sent nothing for 1 s, no keep-alive either"):
            await received.end(task)


async def test_a_day_with_an_outage_has_no_gap_no_double_and_its_order(plant):
    """288 values of each tag, five minutes apart: a third missed, a third live, a third while the peer is off."""
    tags = [tag("T0"), tag("T1")]
    ticks = range(1000, 1000 + 288 * 300, 300)
    for kept in plant.history.values():
        kept.clear()

    async def happen(some: range, *, live: bool) -> None:
        for tick in some:
            for i, name in enumerate(("T0", "T1")):
                data = number(tick + i / 10, tick)
                await plant.write(name, data) if live else plant.history[name].append(data)
            await asyncio.sleep(0.002 if live else 0)

    received, source = Received(), OpcUaSource(plant.settings())
    await happen(ticks[:96], live=False)
    await source.open()
    task = asyncio.create_task(received.read(source, tags, dict.fromkeys(tags, at(999))))
    await happen(ticks[96:192], live=True)
    await received.until(2 * 192)
    await plant.stop()
    with pytest.raises(SourceUnavailable):
        await received.end(task)
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        await source.open()
    await happen(ticks[192:], live=False)
    await plant.start()
    await source.open()
    task = asyncio.create_task(received.read(source, tags, received.newest()))
    await received.until(2 * 288)
    await source.close()
    await received.end(task)
    for i, one in enumerate(tags):
        assert received.of(one) == [(at(tick), tick + i / 10, 0) for tick in ticks]


async def test_a_server_that_takes_few_nodes_at_once_is_listed(plant, monkeypatch):
    services = plant.server.iserver
    read, asked = services.attribute_service.read, []

    def few(params):
        asked.append(len(params.NodesToRead))
        if len(params.NodesToRead) > 2:
            raise ServiceError(ua.StatusCodes.BadTooManyOperations)
        return read(params)

    source = OpcUaSource(plant.settings())
    await source.open()
    monkeypatch.setattr(services.attribute_service, "read", few)
    assert {"T0", "T1", "T2"} <= {listed.title for listed in await source.browse()}
    await source.close()
    assert max(asked) > 2


async def test_a_kept_time_in_the_future_stops_nothing(plant, caplog):
    await plant.write("T2", number(9.0, 9))
    with caplog.at_level(logging.WARNING, "andon_opcua"):
        async with streaming(plant.settings(), [tag("T2")], {tag("T2"): at(10**10)}) as (received, _):
            await received.until(1)
    assert received.of(tag("T2")) == [(at(9), 9.0, 0)]
    assert "its newest kept value is from the future" in caplog.text


@pytest.mark.parametrize("how", ["continuation points", "a silent cut"])
async def test_a_long_history_is_read_page_by_page(plant, monkeypatch, how):
    plant.history["T2"][:] = [number(float(tick), tick) for tick in range(1, 41)]
    if how == "a silent cut":
        monkeypatch.setattr(history, "VALUES_A_NODE", 7)
    else:
        monkeypatch.setattr(plant.server.iserver.history_manager.storage, "max_history_data_response_size", 7)
    async with streaming(plant.settings(), [tag("T2")], {tag("T2"): at(5)}) as (received, _):
        await received.until(35)
    assert received.of(tag("T2")) == [(at(tick), float(tick), 0) for tick in range(6, 41)]


async def test_a_window_with_too_many_values_is_read_shorter_and_its_pages_are_given_back(plant, monkeypatch):
    plant.history["T2"][:] = [number(float(tick), tick) for tick in range(1, 41)]
    manager, released = plant.server.iserver.history_manager, []
    read = manager.read_history

    async def seen(params):
        released.append(params.ReleaseContinuationPoints)
        return await read(params)

    monkeypatch.setattr(manager.storage, "max_history_data_response_size", 7)
    monkeypatch.setattr(manager, "read_history", seen)
    monkeypatch.setattr(history, "WANTED", 3)
    async with streaming(plant.settings(), [tag("T2")], {tag("T2"): at(5)}) as (received, _):
        await received.until(35)
    assert received.of(tag("T2")) == [(at(tick), float(tick), 0) for tick in range(6, 41)]
    assert any(released)


async def test_a_server_without_history_is_told_and_live_values_come(plant, monkeypatch, caplog):
    async def refuse(params):
        raise ServiceError(ua.StatusCodes.BadHistoryOperationUnsupported)

    monkeypatch.setattr(plant.server.iserver.history_manager, "read_history", refuse)
    await plant.write("T2", number(50.0, 50))
    with caplog.at_level(logging.WARNING, "andon_opcua"):
        async with streaming(plant.settings(), [tag("T2")], {tag("T2"): at(5)}) as (received, _):
            await received.until(1)
    assert received.of(tag("T2")) == [(at(50), 50.0, 0)]
    gap = "no history given (BadHistoryOperationUnsupported); the gap of the outage stays"
    assert [m for m in caplog.messages if "history" in m] == [f"{tag('T2')}: {gap}"]


@pytest.mark.parametrize(("children", "most", "found"), [(1, 100_000, 29), (20, 60, 60)])
async def test_an_endless_server_is_listed_to_an_end(plant, monkeypatch, caplog, children, most, found):
    """Whatever node is asked for has children that nobody saw before."""
    made = itertools.count(10_000)

    def endless(params):
        return [
            ua.BrowseResult(
                References=[
                    ua.ReferenceDescription(
                        ReferenceTypeId=ua.NodeId(ua.ObjectIds.HasComponent),
                        NodeId=ua.NodeId(next(made), plant.space),
                        BrowseName=ua.QualifiedName("more", plant.space),
                        NodeClass=ua.NodeClass.Variable,
                    )
                    for _ in range(children)
                ]
            )
            for _ in params.NodesToBrowse
        ]

    services = plant.server.iserver
    read = services.attribute_service.read

    def numbers(params):
        made_up = params.NodesToRead[0].NodeId.NamespaceIndex == plant.space
        return [ua.DataValue(ua.Variant(1.0)) for _ in params.NodesToRead] if made_up else read(params)

    source = OpcUaSource(plant.settings(most_tags=most))
    await source.open()
    monkeypatch.setattr(services.view_service, "browse", endless)
    monkeypatch.setattr(services.attribute_service, "read", numbers)
    assert len(await source.browse()) == found
    await source.close()
