"""What the plugin offers. Each hook answers with declarations, at once and without I/O."""

from andon_sdk.connector import Connector
from andon_sdk.plugin import AlarmRule, Blueprint, Contract, Threshold, hook
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from andon_template.contract import TEMPLATE
from andon_template.lines import TEMPLATE_LINES

TEMPLATE_WATCH = Blueprint(
    key="template-watch",
    title="Watch a template machine",
    version="1",
    contract=TEMPLATE.key,
    module=MaskedAutoencoder,
    loss=reconstruction_loss,
    score=reconstruction_score,
    history_rows=5,
    threshold=Threshold(quantile=0.99, factor=1.5, smooth_rows=15),
)


@hook
def contracts() -> list[Contract]:
    return [TEMPLATE]


@hook
def blueprints() -> list[Blueprint]:
    return [TEMPLATE_WATCH]


@hook
def alarm_rules() -> list[AlarmRule]:
    return [AlarmRule("template-alarm", "Template machine leaves its normal", TEMPLATE.key, raise_rows=5, of_rows=10)]


@hook
def connectors() -> list[Connector]:
    return [TEMPLATE_LINES]
