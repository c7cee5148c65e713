"""What an arm's controller shows at work: a task of moves and rests, repeated, and the currents it takes.

A joint's current is what gravity and what it carries ask of it in this pose, what speeding up asks, and friction:
Coulomb's, against the way it turns, and one that grows with speed; both shrink as its grease warms. Wear of a joint
raises its friction, and a little its temperature. Every arm has poses, friction and warmth of its own.
"""

from dataclasses import dataclass

import numpy as np

from andon_robot_arm.contract import JOINTS
from andon_robot_arm.draws import normal, uniform

STEPS = 12
"""Moves of a task; after every second one the arm rests as long as a move takes."""
STEP_S = 3.1
BATCH_S = 300.0
"""So long an arm handles parts of one weight."""
_WARM_S = 2_400.0
_HALL = 24.0
_LOAD = np.array([0.0, 1.9, 1.2, 0.5, 0.1, 0.0])
"""A of each joint to hold the arm stretched out."""
_INERTIA = np.array([0.5, 0.5, 0.35, 0.15, 0.1, 0.05])
_COULOMB = np.array([0.35, 0.4, 0.3, 0.2, 0.15, 0.1])
_VISCOUS = np.array([0.25, 0.25, 0.2, 0.12, 0.1, 0.08])
_NOISE = 0.03
_WORN_FRICTION = 1.8
"""Friction at the end of wear is more by so many times of what it was."""
_WORN_HEAT = 3.0


@dataclass(frozen=True, slots=True)
class Physics:
    """Every method takes arms [rows] and seconds since the origin [rows]."""

    seed: int

    def values(
        self, arm: np.ndarray, at: np.ndarray, generation: np.ndarray, worn: np.ndarray, joint: np.ndarray
    ) -> np.ndarray:
        """float64 [rows, signals] in the contract's order and units. `worn` 0 to 1 and `joint` are the wear of rows,
        `generation` how often a joint was replaced, which gives it another friction."""
        angle, speed, push, carrying = self._moves(arm, at)
        joints = np.arange(JOINTS)[None, :]
        wear = worn[:, None] * (joints == joint[:, None])
        own = 0.8 + 0.4 * uniform(self.seed, 30, arm[:, None], generation[:, None] * (joints == joint[:, None]), joints)
        warmth = (1 - np.exp(-np.maximum(at, 0) / _WARM_S))[:, None]
        heat = (8 + 4 * uniform(self.seed, 31, arm[:, None], joints)) * warmth + _WORN_HEAT * wear
        weight = 0.5 + 0.25 * np.floor(3 * uniform(self.seed, 32, arm, np.floor(at / BATCH_S).astype(np.int64)))
        mass = 1 + 0.4 * (weight * carrying)[:, None]
        friction = own * (1 + _WORN_FRICTION * wear) * (1.25 - 0.25 * warmth)
        current = mass * (_LOAD * np.cos(angle) + _INERTIA * push)
        current += friction * (_COULOMB * np.tanh(20 * speed) + _VISCOUS * speed)
        second = np.round(at * 10).astype(np.int64)[:, None]
        current += _NOISE * normal(self.seed, 33, arm[:, None], second, joints)
        tool = 0.08 + 0.25 * (weight * carrying)[:, None] + 0.01 * normal(self.seed, 34, arm[:, None], second)
        temperature = np.round(16 * (_HALL + heat + 0.05 * normal(self.seed, 35, arm[:, None], second, joints))) / 16
        return np.concatenate([current, tool, speed, temperature], axis=1)

    def _moves(self, arm: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Angles, speeds and accelerations [rows, joints], and whether a part is carried [rows]. A move swings from
        pose to pose along a cosine, so that speed starts and ends at zero."""
        slot = at / STEP_S + 18 * uniform(self.seed, 36, arm)
        place, through = np.floor(slot).astype(np.int64) % (STEPS + STEPS // 2), slot % 1
        step, moving = place // 3 * 2 + np.minimum(place % 3, 1), (place % 3 < 2)[:, None]
        joints = np.arange(JOINTS)[None, :]

        def pose(number: np.ndarray) -> np.ndarray:
            return 2.4 * uniform(self.seed, 37, arm[:, None], (number % STEPS)[:, None], joints) - 1.2

        start, end = pose(step), pose(step + 1)
        turn = np.pi * through[:, None]
        swing = (end - start) / 2
        angle = np.where(moving, start + swing * (1 - np.cos(turn)), end)
        speed = np.where(moving, swing * np.sin(turn) * np.pi / STEP_S, 0.0)
        push = np.where(moving, swing * np.cos(turn) * (np.pi / STEP_S) ** 2, 0.0)
        return angle, speed, push, ((step >= 3) & (step < 8)).astype(np.float64)
