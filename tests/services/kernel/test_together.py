"""Several messages with one wait for the disk, on the real stream."""

import pytest

from services.kernel import together
from services.kernel.ids import new_id
from services.kernel.together import Outgoing, publish_together

pytestmark = pytest.mark.platform


def messages(subject: str, *numbers: int, size: int = 10) -> list[Outgoing]:
    return [
        Outgoing(subject, b"%d" % number + b"." * size, {"Nats-Msg-Id": f"{subject}-{number}"}) for number in numbers
    ]


@pytest.fixture
async def js(platform, tenant):
    return await platform.platform.streams.jetstream(tenant.id)


@pytest.fixture
def subject() -> str:
    return f"scores.{new_id()}"


async def stored(js, subject: str) -> list[int]:
    """The numbers on the stream, in its order."""
    info = await js.stream_info("SCORES", subjects_filter=subject)
    count = (info.state.subjects or {}).get(subject, 0)
    found, sequence = [], 0
    for _ in range(count):
        raw = await js.get_msg("SCORES", seq=sequence + 1, subject=subject, direct=True, next=True)
        sequence = raw.seq
        found.append(int(raw.data.partition(b".")[0]))
    return found


async def test_all_are_on_the_stream_in_order(js, subject):
    assert await publish_together(js, messages(subject, *range(64))) == []
    assert await stored(js, subject) == list(range(64))


async def test_one_and_none_need_no_batch(js, subject):
    assert await publish_together(js, []) == []
    assert await publish_together(js, messages(subject, 7)) == []
    assert await stored(js, subject) == [7]


async def test_what_is_there_already_does_not_keep_the_others_out(js, subject):
    assert await publish_together(js, messages(subject, 1, 2)) == []
    assert await publish_together(js, messages(subject, 2, 3, 4)) == []
    assert await stored(js, subject) == [1, 2, 3, 4]


async def test_more_than_a_batch_go_in_several(js, subject, monkeypatch):
    monkeypatch.setattr(together, "MOST", 3)
    assert await publish_together(js, messages(subject, *range(7))) == []
    assert await stored(js, subject) == list(range(7))


async def test_what_no_stream_takes_is_given_back_and_the_rest_is_stored(js, subject):
    [strange] = messages("nobody.listens", 1)
    failed = await publish_together(js, [*messages(subject, 1), strange, *messages(subject, 2)])
    assert [message for message, _ in failed] == [strange]
    assert await stored(js, subject) == [1, 2]
