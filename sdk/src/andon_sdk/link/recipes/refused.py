"""What cannot become a recipe."""


class RecipeRefused(Exception):
    """A model, a frame or parameters that no recipe can be made of. The message says which, why and what to do."""
