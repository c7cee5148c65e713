"""The GraphQL documents that the demos send."""

from typing import Any

from andon_sdk.plugin import Contract

_ERROR = "__typename ... on Error { code message field }"

PUT_CONTRACT = f"""
mutation PutContract($input: PutContractInput!) {{
  putContract(input: $input) {{ {_ERROR} ... on Contract {{ id version }} }}
}}
"""
CREATE_ASSETS = f"""
mutation CreateAssets($input: CreateAssetsInput!) {{
  createAssets(input: $input) {{ {_ERROR} ... on CreatedAssets {{ assets {{ id key }} }} }}
}}
"""
RECORD_EVENTS = f"""
mutation RecordEvents($input: RecordEventsInput!) {{
  recordEvents(input: $input) {{ {_ERROR} ... on RecordedEvents {{ events {{ id }} }} }}
}}
"""
START_RUN = f"""
mutation StartRun($input: StartRunInput!) {{
  startRun(input: $input) {{ {_ERROR} ... on Run {{ id }} }}
}}
"""
RUN = """
query Run($id: ID!) {
  run(id: $id) {
    state message stages { key value }
    gates(first: 100, failed: true) { edges { node { sentence asset { key } } } }
  }
}
"""
ASSET = """
query Asset($key: String!) {
  asset(key: $key) { id challenger { id } champion { id } deployment { settled } }
}
"""
RUN_STATE = """
query RunState($id: ID!) { run(id: $id) { state message progress } }
"""
PROMOTE_RUN = f"""
mutation PromoteRun($input: PromoteRunInput!) {{
  promoteRun(input: $input) {{ {_ERROR} ... on PromotedRun {{ promoted }} }}
}}
"""
SERVING = """
query Serving { serving { wantedGeneration settled } }
"""
CHAMPIONS = """
query Champions($after: String) {
  assets(first: 100, after: $after) {
    edges { node { key champion { id } deployment { refusal } } } pageInfo { hasNextPage endCursor }
  }
}
"""
SCORES = """
subscription Scores($asset: ID!) { scores(assetId: $asset) { time shadow } }
"""
PROMOTE = f"""
mutation Promote($input: PromoteInput!) {{
  promote(input: $input) {{ {_ERROR} ... on Deployment {{ settled }} }}
}}
"""


def contract_input(contract: Contract) -> dict[str, Any]:
    """The input of `putContract` for a contract that a plugin offers."""
    signals = [
        {
            "key": signal.key,
            "title": signal.title,
            "unit": signal.unit,
            "low": signal.low,
            "high": signal.high,
            "importance": signal.importance.name,
            "exogenous": signal.exogenous,
        }
        for signal in contract.signals
    ]
    return {"key": contract.key, "title": contract.title, "periodS": contract.period_s, "signals": signals}
