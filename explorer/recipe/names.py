"""How methods, sources and recipes are called on the page."""

from collections.abc import Sequence

from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import BANKS
from explorer.recipe.recipe import Recipe, Source

METHOD_NAMES = {
    "mean_difference": "Mean difference",
    "balanced": "Balanced",
    "logistic": "Logistic regression",
    "discriminant": "Linear discriminant",
    "strong": "Strong",
    "rather_strong": "Rather strong",
    "elected": "Between clean and strong",
    "rather_clean": "Rather clean",
    "clean": "Clean",
}


def source_name(source: Source) -> str:
    """ "Face 182638", "Random face, seed 7", "Own face", "Mix of 2 faces", "Mean face".

    A face that something was asked of tells it: "Smiling, not Male, seed 7".
    """
    if source.kind == "picture":
        return f"Face {str(source.value).removesuffix('.jpg')}"
    if source.kind == "code":
        return "Own face"
    if source.kind == "mix":
        return f"Mix of {len(source.value)} faces"
    if source.kind == "sample":
        asked = asked_name(source.value.having, source.value.lacking)
        return f"{asked or 'Random face'}, seed {source.value.seed}"
    return f"Random face, seed {source.value}" if source.kind == "seed" else "Mean face"


def asked_name(having: Sequence[str], lacking: Sequence[str]) -> str:
    """ "Smiling, not Male"; empty where nothing is asked for."""
    names = [attribute_name(name) for name in having]
    return ", ".join(names + [f"not {attribute_name(name)}" for name in lacking])


def recipe_name(recipe: Recipe) -> str:
    """The source and the strongest edit: "Face 182638, Smiling +1.50", "Mean face"."""
    edits = [
        (abs(amount) / bank.limit, f"{bank.label(name)} {amount:+.2f}")
        for bank in BANKS.values()
        for name, amount in recipe.amounts[bank.name].items()
    ]
    strongest = max(edits, key=lambda edit: edit[0], default=None)
    name = source_name(recipe.source)
    return f"{name}, {strongest[1].replace('-', '−')}" if strongest else name
