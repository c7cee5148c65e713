"""Reading the history while the object store is away."""

import pytest

from services.enclaves.adapters.objects import open_bucket
from services.enclaves.contracts import BucketCredential
from services.readings.history import HistoryUnavailable, Tables


def test_a_store_that_does_not_answer_is_unavailable_and_no_defect():
    nobody = open_bucket(BucketCredential("http://127.0.0.1:9", "bucket", "key", "secret"))
    with pytest.raises(HistoryUnavailable):
        Tables().scan(nobody, "history/x")
