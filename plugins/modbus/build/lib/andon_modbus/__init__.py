"""A connector for Modbus TCP: registers by a map, read in groups at a steady period. See the README."""
