"""Tables of a plant's databases as readings, read by watermark and never written. See the README."""
