"""Ways to a tenant's stream, bucket and clusters, built once a process."""
