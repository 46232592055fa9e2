"""How attributes, sliders and sources are called on the page."""

from explorer.recipe.code_text import direction_from_text
from explorer.recipe.recipe import BANKS, LIMITS, Recipe, Source

METHOD_NAMES = {
    "mean_difference": "Mean difference",
    "balanced": "Balanced",
    "logistic": "Logistic regression",
    "discriminant": "Linear discriminant",
}


def attribute_name(attribute: str) -> str:
    """ "Blond_Hair" -> "Blond Hair"; "5_o_Clock_Shadow" -> "5 o'Clock Shadow"."""
    return attribute.replace("5_o_Clock", "5 o'Clock").replace("_", " ")


def slider_name(bank: str, name: str | int) -> str:
    """The accessible name of a slider: "Eyeglasses", "PC 1", "z 17", an own direction's name."""
    if bank == "attributes":
        return attribute_name(str(name))
    if bank == "directions":
        return direction_from_text(str(name))[0]
    return f"PC {name}" if bank == "components" else f"z {name}"


def source_name(source: Source) -> str:
    """ "Face 182638", "Random face, seed 7", "Own face", "Mix of 2 faces", "Mean face"."""
    if source.kind == "picture":
        return f"Face {str(source.value).removesuffix('.jpg')}"
    if source.kind == "code":
        return "Own face"
    if source.kind == "mix":
        return f"Mix of {len(source.value)} faces"
    return f"Random face, seed {source.value}" if source.kind == "seed" else "Mean face"


def recipe_name(recipe: Recipe) -> str:
    """The source and the strongest edit: "Face 182638, Smiling +1.50", "Mean face"."""
    edits = [
        (abs(amount) / LIMITS[bank], f"{slider_name(bank, name)} {amount:+.2f}")
        for bank in BANKS
        for name, amount in getattr(recipe, bank).items()
    ]
    strongest = max(edits, key=lambda edit: edit[0], default=None)
    name = source_name(recipe.source)
    return f"{name}, {strongest[1].replace('-', '−')}" if strongest else name
