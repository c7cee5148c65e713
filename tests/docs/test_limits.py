"""The page of limits is held to the code: each number, its setting, and the code that a refusal has."""

import re
from pathlib import Path

import pytest

from gateway import ingest, limits, relay, socket, trend
from gateway.settings import GatewaySettings
from services.budgets.contracts import Ceiling
from services.budgets.model import CEILINGS
from services.bulk import model as bulk
from services.bulk.cutter import limits as cutter
from services.oidc import model as oidc
from services.readings import scores as reading_scores
from services.readings import trend as reading_trend
from services.readings.door import limits as door

REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference"
PAGE = (REFERENCE / "limits.md").read_text("utf-8")
CODES = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", (REFERENCE / "errors.md").read_text("utf-8"), re.MULTILINE))
ROW = re.compile(r"^\| ([^|]+) \| (\d+) \| (?:`ANDON_GATEWAY_([A-Z_]+)`|) ?\| ([^|]+) \|$", re.MULTILINE)
ROWS = {name: (int(most), setting.lower(), told) for name, most, setting, told in ROW.findall(PAGE)}
SECTIONS = {
    heading: [name for name, *_ in ROW.findall(text)]
    for heading, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
STATUS = {"A GraphQL operation": "400", "A tenant in a time": "429", "A tenant at most": "429"}
"""Of codes without one in their row."""
OF_CODE = {
    "tokens": limits.TOKENS,
    "`depth` in levels of fields": limits.DEPTH,
    "`nesting` in levels of fields and fragments": limits.NESTING,
    "`fields`, fragments unfolded": limits.FIELDS,
    "`aliases`": limits.ALIASES,
    "`name`: characters of an alias": limits.NAME,
    "`directives`": limits.DIRECTIVES,
    "`spreads` of fragments": limits.SPREADS,
    "`repeats`: fields that stand twice in a selection": limits.REPEATS,
    "`cost` of one operation, in points": limits.COST,
    "`first`: rows of a page": relay.MOST,
    "bytes after that, and of what texts in Arrow unfold to": door.MAX_BODY_BYTES,
    "rows": door.MAX_ROWS,
    "columns": door.MAX_COLUMNS,
    "rows times columns": door.MAX_CELLS,
    "Arrow messages": door.MAX_ARROW_MESSAGES,
    "characters of an `Idempotency-Key`": ingest._LONGEST_KEY,
    "days of a trend or of scores": reading_trend.LONGEST.days,
    "signals of a trend": reading_trend.MOST_SIGNALS,
    "points across of a trend, `px`": trend._WIDEST,
    "scores of a fleet at once": reading_scores.MOST_SCORES,
    "providers of a tenant": oidc.MOST_PROVIDERS,
    "domains of a provider": oidc.MOST_DOMAINS,
    "log-ins of a tenant under way; the oldest go first": oidc.MOST_ATTEMPTS,
    "minutes of a log-in": oidc.ATTEMPT_LIFE.total_seconds() / 60,
    "imports and exports that are not over": CEILINGS[Ceiling.JOBS],
    "imports and exports begun within 24 hours": CEILINGS[Ceiling.JOBS_A_DAY],
    "bytes stored, staged files included": CEILINGS[Ceiling.STORAGE],
    "bytes of a staged file": bulk.MAX_FILE_BYTES,
    "rows of a file": bulk.MAX_FILE_ROWS,
    "columns of a file": cutter.COLUMNS,
    "bytes of a line of CSV": cutter.LINE_BYTES,
    "bytes out of one byte of gzip, beyond the first 64 MiB": cutter.MOST_INFLATION,
    "Arrow messages of a file": cutter.ARROW_MESSAGES,
    "bytes of an Arrow dictionary": cutter.DICTIONARY_BYTES,
    "bytes of a Parquet footer": cutter.FOOTER_BYTES,
    "row groups of a Parquet file": cutter.ROW_GROUPS,
    "bytes of memory of the process that reads it, beyond its own": cutter.MEMORY_BYTES,
    "seconds of work of that process": cutter.CPU_S,
    "operations at once": socket.MOST_OPERATIONS,
    "seconds until `connection_init`": socket._INIT_S,
}
NO_LIMIT = {"secret", "scrape_token", "base_path", "trusted_hosts", "trusted_origins", "secure_cookies", "portal"} | {
    "oidc_networks",
    "oidc_ca_file",
    "workbench_url",
}
WAITS = {"sign_in_wait_seconds"}
"""How long, not how much."""


def test_every_limit_of_the_code_stands_there_and_every_row_is_a_limit_of_the_code():
    assert {name: most for name, (most, setting, _) in ROWS.items() if not setting} == OF_CODE
    assert reading_scores.LONGEST == reading_trend.LONGEST
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| limit |")]
    assert len(rows) == len(ROWS)


def test_every_setting_that_is_a_limit_stands_there_with_its_default():
    settings = {setting: most for most, setting, _ in ROWS.values() if setting}
    known = {name: field.default for name, field in GatewaySettings.model_fields.items()}
    assert settings == {name: default for name, default in known.items() if name not in NO_LIMIT | WAITS}


def test_every_limit_that_a_query_is_measured_by_stands_there():
    measured = {name.lower() for name, value in vars(limits).items() if name.isupper() and not name.startswith("_")}
    named = {name for row in SECTIONS["A GraphQL operation"] for name in re.findall(r"`([a-z]+)`", row)}
    assert measured - {"tokens"} == named - {"first"}


@pytest.mark.parametrize("heading", sorted(SECTIONS))
def test_codes_are_those_of_the_errors_with_their_status(heading):
    told = [told for name in SECTIONS[heading] for told in [ROWS[name][2]]]
    assert told
    for code, status in [pair for each in told for pair in re.findall(r"`([A-Z_]+)`(?: \((\d+)\))?", each)]:
        if code != "QUERY_INVALID":  # of GraphQL itself
            assert CODES[code] == (status or STATUS[heading]), code
