"""JupyterLab for a member, in a box of its own inside the tenant's enclave.

We own which workbenches are wanted, who is let into one, and the credentials that it holds: an API key with an
engineer's rights at most, which ends with it, and the token of its JupyterLab, which nobody is shown. Wanted state is
rows; `api.reconcile` brings boxes to it. Who runs boxes stands behind a port (`services.enclaves.provisioner`).

`box/` is what runs inside the box: no database, no stream, no bucket, no network; one socket leads to the gateway.

Words: *workbench* (the box with JupyterLab, its files kept between starts), *visit* (a browser's right to look at one).
"""
