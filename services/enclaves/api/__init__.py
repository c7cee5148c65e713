"""The door of enclaves: what a tenant has to itself (`enclave`), who gets in (`credentials`), where its code runs
(`clusters`)."""

from services.enclaves.api.clusters import cluster_status, reconcile, release_cluster, want_cluster
from services.enclaves.api.credentials import bucket_credential, device_login, renew_device_login, stream_credential
from services.enclaves.api.enclave import begin_rotation, enclave_remains, end_rotation, ensure_enclave, remove_enclave
from services.enclaves.api.reading import grounded

__all__ = [
    "begin_rotation",
    "bucket_credential",
    "cluster_status",
    "device_login",
    "enclave_remains",
    "end_rotation",
    "ensure_enclave",
    "grounded",
    "reconcile",
    "release_cluster",
    "remove_enclave",
    "renew_device_login",
    "stream_credential",
    "want_cluster",
]
