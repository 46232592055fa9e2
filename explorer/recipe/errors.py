"""What is raised for recipes that cannot be."""


class RecipeError(ValueError):
    """A recipe that cannot be: says what was expected and what was found."""


class LocksError(RecipeError):
    """Locks leave nothing of a vector that is to be added."""
