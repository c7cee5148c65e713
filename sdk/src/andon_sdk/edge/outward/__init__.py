"""The way out of an edge: what becomes of alarms, brought to the destinations of the plant.

`follow` asks Andon what changed and `alarms` says which moments that makes; each destination has a queue on disk
(`waiting`) and a courier that empties it. What was asked for is noted after it is in the queues, so whatever is killed,
no moment is lost; it may be delivered twice then, with the same id.
"""
