"""A connector for OPC UA servers: subscriptions, history after an outage, browsing, certificates. See the README."""
