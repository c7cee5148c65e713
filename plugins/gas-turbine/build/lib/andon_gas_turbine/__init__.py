"""Gas turbines that ambient air and load drive. See the README."""
