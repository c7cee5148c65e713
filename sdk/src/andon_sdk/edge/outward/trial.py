"""A test notice to a destination: an alarm that is raised and cleared, of an asset that there is not."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from andon_sdk.destination import DestinationError, Moment, Notice, SettingsRefused
from andon_sdk.edge.outward.way import Opened

ANSWER_S = 30.0


async def tell(opened: Opened, now: datetime | None = None) -> str:
    """Why it did not arrive; empty if it did. What waits in the destination's queue is left alone."""
    at = now or datetime.now(UTC)
    key = f"andon-test-{at:%Y%m%dT%H%M%S%f}"
    raised = Notice(
        id=f"{key}-raised",
        moment=Moment.RAISED,
        at=at,
        alarm_id=key,
        rule="test",
        peak=1.0,
        asset="andon-test",
        title="Test of Andon",
        site="test",
        line="test",
        top=(),
    )
    cleared = replace(raised, id=f"{key}-cleared", moment=Moment.CLEARED, because="recovered")
    with tempfile.TemporaryDirectory() as folder:
        sink = opened.destination.open(opened.settings, Path(folder))
        try:
            async with asyncio.timeout(ANSWER_S):
                await sink.open()
                for notice in (raised, cleared):
                    if notice.moment in opened.destination.moments:
                        await sink.deliver(notice)
        except (DestinationError, SettingsRefused) as error:
            return str(error)
        except TimeoutError:
            return f"no answer within {ANSWER_S:g} s"
        finally:
            await sink.close()
    return ""
