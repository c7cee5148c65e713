"""Link: a notebook becomes a pipeline package, whose recipe is a blueprint like any plugin's."""
