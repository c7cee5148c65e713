"""Blueprints for machines nobody wrote a plugin for yet. See the README."""
