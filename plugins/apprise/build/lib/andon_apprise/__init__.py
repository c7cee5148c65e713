"""News of alarms in chat, push and mail services."""
