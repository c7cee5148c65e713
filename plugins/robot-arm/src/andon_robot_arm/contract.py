"""What the controller of an arm with six joints tells, one row a second."""

from andon_sdk.plugin import Contract, Importance, Signal

JOINTS = 6

ROBOT_ARM = Contract(
    key="robot-arm",
    title="Robot arm with six joints",
    period_s=1.0,
    signals=(
        *(Signal(f"current_j{j}", f"Current of joint {j}", "A", -100.0, 100.0) for j in range(JOINTS)),
        Signal("tool_current", "Current of the tool", "A", -10.0, 50.0, Importance.OPTIONAL),
        *(Signal(f"speed_j{j}", f"Speed of joint {j}", "rad/s", -20.0, 20.0, exogenous=True) for j in range(JOINTS)),
        *(
            Signal(f"temperature_j{j}", f"Temperature of joint {j}", "degC", -40.0, 150.0, Importance.OPTIONAL, True)
            for j in range(JOINTS)
        ),
    ),
)
"""Speeds and temperatures drive: the program sets the one, the hours at work and the hall the other. Judged are the
currents, which answer them. No signal is essential: an arm without one current is watched by the others."""

WATCHED = tuple(place for place, signal in enumerate(ROBOT_ARM.signals) if not signal.exogenous)
"""Positions of the currents in a row."""
SPEEDS = tuple(ROBOT_ARM.keys.index(f"speed_j{j}") for j in range(JOINTS))
