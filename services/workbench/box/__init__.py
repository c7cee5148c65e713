"""What runs inside a workbench's box. Knows no database."""
