"""A connector for Siemens S7 controllers: data blocks by address, read in groups at a steady period. See the README."""
