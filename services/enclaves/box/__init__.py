"""What stands inside a box, and the host's end of its sockets. Standard library only, but for `head`, which needs Ray.

`host` runs outside: it holds the host's ends and starts the box. `entry` runs inside: it joins sockets to loopback
ports, starts Ray's head and the driver, and says how things are. `config` is how a driver learns what it was given.

    inside                                outside
    127.0.0.1:4222 ── /run/enclave/stream.sock  ── NATS
    127.0.0.1:8333 ── /run/enclave/objects.sock ── the S3 port
    127.0.0.1:8000 ── an inherited listener     ── score.sock, for the gateway
"""
