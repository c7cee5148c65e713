"""A fleet's whole life on one installation: 200 drills with a shadow each, a minute of rows, two swapped meanwhile."""

import pytest
from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.simulation import drill_plant

from infra.demo.fleet import story

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.alone]

DRILLS = 200


def test_a_fleet_is_trained_served_shadowed_and_swapped_without_a_missing_row(running, fleet_tenant):
    slug = fleet_tenant
    key = running.key(slug)

    def memory() -> int:
        return sum(part["pss"] for part in running.parts().values())

    with running.client(slug) as andon:
        place = story.Place(slug, running.url, key, andon)
        report = story.run([place], LASER_DRILL, [drill_plant(DRILLS)], 60.0, print, memory)
    [counted] = report.counted
    assert counted.assets == DRILLS
    assert counted.served >= 0.8 * DRILLS, "the drills are sound; of models of three days some are stopped"
    assert (counted.answered, counted.doubled) == (counted.sent, 0)
    assert counted.sent >= 60 * counted.served
    assert counted.shadowed > 0.5 * counted.sent
    assert counted.swapped >= 1
    assert max(report.memory) < 1.2 * report.memory[0], "memory does not grow with the rows"
