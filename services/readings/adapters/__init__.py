"""The stream and the tables, as this service needs them."""
