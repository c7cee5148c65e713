"""Tickets of a maintenance system, opened and closed with alarms."""
