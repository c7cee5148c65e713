"""Water circulation loops: a pump, valves that are throttled, a tank. See the README."""
