"""How methods, sources and recipes are called on the page."""

from collections.abc import Sequence

from explorer.language.text import N_, _
from explorer.recipe.attributes import attribute_name
from explorer.recipe.banks import BANKS
from explorer.recipe.recipe import Recipe, Source

METHOD_NAMES = {
    "mean_difference": N_("Mean difference"),
    "balanced": N_("Balanced"),
    "logistic": N_("Logistic regression"),
    "discriminant": N_("Linear discriminant"),
    "strong": N_("Strong"),
    "rather_strong": N_("Rather strong"),
    "elected": N_("Between clean and strong"),
    "rather_clean": N_("Rather clean"),
    "clean": N_("Clean"),
}


def method_name(method: str) -> str:
    """ "balanced" -> "Balanced"."""
    return _(METHOD_NAMES[method])


def source_name(source: Source) -> str:
    """ "Face 182638", "Random face, seed 7", "Own face", "Mix of 2 faces", "Mean face".

    A face that something was asked of tells it: "Smiling, not Male, seed 7".
    """
    if source.kind == "picture":
        return _("Face {name}").format(name=str(source.value).removesuffix(".jpg"))
    if source.kind == "code":
        return _("Own face")
    if source.kind == "mix":
        return _("Mix of {count} faces").format(count=len(source.value))
    if source.kind == "sample":
        asked = asked_name(source.value.having, source.value.lacking)
        return _("{face}, seed {seed}").format(
            face=asked or _("Random face"), seed=source.value.seed
        )
    return (
        _("{face}, seed {seed}").format(face=_("Random face"), seed=source.value)
        if source.kind == "seed"
        else _("Mean face")
    )


def asked_name(having: Sequence[str], lacking: Sequence[str]) -> str:
    """ "Smiling, not Male"; empty where nothing is asked for."""
    names = [attribute_name(name) for name in having]
    return ", ".join(
        names + [_("not {name}").format(name=attribute_name(name)) for name in lacking]
    )


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
