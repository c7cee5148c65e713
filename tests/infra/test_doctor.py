"""What the doctor says of streams."""

import pytest

from infra.doctor import _streams, judge_streams


def test_streams_with_room_are_one_finding_that_names_the_fullest():
    (finding,) = judge_streams({"READINGS of acme": 0.25, "SCORES of acme": 0.04})
    assert (finding.subject, finding.ok, finding.what) == ("streams", True, "the fullest is READINGS of acme: 25%")
    assert [(finding.ok, finding.what) for finding in judge_streams({})] == [(True, "none yet")]


def test_a_stream_that_fills_up_is_named_with_why_and_what_to_do():
    (finding,) = judge_streams({"READINGS of acme": 0.634, "SCORES of acme": 0.04})
    assert (finding.subject, finding.ok, finding.what) == ("stream READINGS of acme", False, "63% of its limit")
    assert finding.why
    assert finding.next_step


@pytest.mark.platform
async def test_every_stream_that_refuses_is_looked_at(platform, tenant):
    js = await platform.platform.streams.jetstream(tenant.id)
    config = (await js.stream_info("SCORES")).config
    await js.publish("scores.a", b"x" * 500)
    config.max_bytes = 1000
    await js.update_stream(config)
    findings = await _streams(platform.settings, platform.state)
    await js.purge_stream("SCORES")
    assert [(finding.subject, finding.ok) for finding in findings] == [(f"stream SCORES of {tenant.slug}", False)]
    assert [finding.ok for finding in await _streams(platform.settings, platform.state)] == [True]
