"""History and live values as one."""

import numpy as np
from andon_opcua.joining import Joint

A, B = 0, 1


def rows(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in pairs], np.int32), np.array([t for _, t in pairs], np.int64)


def test_history_goes_on_behind_what_is_kept():
    joint = Joint(2)
    joint.begin(np.array([A, B]), np.array([10, 20]))
    assert list(joint.history(*rows((A, 10), (A, 11), (B, 11), (B, 21), (A, 12)))) == [1, 4, 3]


def test_live_values_that_history_gave_are_dropped():
    joint = Joint(1)
    joint.begin(np.array([A]), np.array([10]))
    joint.history(*rows((A, 11), (A, 12)))
    assert list(joint.live(*rows((A, 11), (A, 12), (A, 13)))) == [2]


def test_a_repeated_value_is_dropped_and_rows_are_in_order():
    joint = Joint(2)
    assert list(joint.live(*rows((B, 7), (A, 5), (A, 5), (A, 4)))) == [3, 1, 0]
    assert list(joint.live(*rows((A, 5), (B, 7)))) == []


def test_a_clock_that_is_set_back_loses_nothing():
    joint = Joint(1)
    joint.begin(np.array([A]), np.array([10]))
    joint.live(*rows((A, 11)))
    assert list(joint.live(*rows((A, 3)))) == [0]
