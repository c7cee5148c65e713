"""What runs inside a tenant's serving cluster: the stream scorer, its shadows, and their driver.

Holds the tenant's stream and bucket credentials and nothing else; imports tensors, Arrow and the stream, never a table.
"""
