"""What the edges at a tenant's plants say of themselves: processes that read a plant's systems and send rows.

Owns one kind of row, an edge's last report. Edges connect to us and never the other way round, so nothing here reaches
into a plant. Rows of readings are `readings`' and take the same way whoever sends them.

Words: *edge* (a process at a plant, known by its name), *report* (what it says of itself every half minute), *source*
(a connection of one of its connectors), *destination* (where it brings the news of alarms).
"""
