"""Every part of Andon on one machine, under one supervisor and in one state folder.

`state` keeps folders, secrets and ports; `postgres`, `nats` and `s3` each describe one server as a `Part`; `supervisor`
starts, watches, restarts and stops them; `control` lets others ask it to, over a unix socket; `launcher` ties the life
of each child to the supervisor's.
"""
