"""Verifies the audit trail beside it: `python verify.py`. Needs Python 3 and nothing else.

The digest of a record is the SHA-256 of: the digest before it, the record's text, the text of its changes, a line each.
"""

import hashlib
import json
import sys
from pathlib import Path


def verify(folder: Path) -> int:
    number, digest, at_anchor = 0, "", None
    anchor = json.loads((folder / "anchor.json").read_text()) if (folder / "anchor.json").exists() else None
    with (folder / "records.jsonl").open(encoding="utf-8") as records:
        for line in records:
            record = json.loads(line)
            parts = [digest, record["record"], *([record["changes"]] if record["changes"] is not None else [])]
            made = hashlib.sha256("\n".join(parts).encode()).hexdigest()
            if record["number"] != number + 1:
                print(f"Before record {record['number']} records are missing.")
                return 1
            if made != record["digest"] or json.loads(record["record"])[0] != record["number"]:
                print(f"Record {record['number']} or one of its changes was edited.")
                return 1
            number, digest = record["number"], made
            if anchor and number == anchor["number"]:
                at_anchor = digest
    if anchor and at_anchor != anchor["digest"]:
        print(f"The trail does not go through its anchor at record {anchor['number']}.")
        return 1
    print(f"{number} records, whole. The last digest is {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(verify(Path(__file__).parent))
