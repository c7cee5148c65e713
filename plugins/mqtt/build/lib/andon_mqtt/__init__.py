"""Readings from MQTT brokers: plain topics, and Sparkplug B as a host application."""
