"""What the page tells about an attribute: how well it is told, how frequent it is, what it comes
together with in CelebA, and whether its label is to be trusted.
"""

import numpy as np

from data.schema import CELEBA, Schema
from explorer.derived.vectors import Vectors
from explorer.language.text import N_, _
from explorer.recipe.attributes import attribute_name
from explorer.recipe.names import method_name

ALWAYS = ("Male", "Young")  # told of in every case: what most attributes come together with
MOST_TOGETHER = 4  # attributes told of

OPINION = N_("An opinion of the annotators, not a property of the face: it says what they valued.")
VAGUE = N_("A matter of degree without a measure: annotators drew the line at different places.")
SMALL = N_("Often a few pixels wide at this size, or outside the picture.")
NOTES = {
    "Attractive": OPINION,
    "Young": N_("Guessed by annotators from looks; no age was known."),
    "Male": N_("Guessed by annotators from looks, as one of two; nobody was asked."),
    "Chubby": OPINION,
    "Double_Chin": VAGUE,
    "Big_Nose": N_(
        "A judgement against an unsaid norm, and one that follows the skin colour and sex "
        "that annotators saw."
    ),
    "Big_Lips": N_(
        "A judgement against an unsaid norm, and one that follows the skin colour and sex "
        "that annotators saw."
    ),
    "Pointy_Nose": VAGUE,
    "Narrow_Eyes": N_("Mixes eyes closed by a smile or the sun with the shape of eyes."),
    "Pale_Skin": N_("Mostly tells of light and exposure. No label tells of dark skin."),
    "Oval_Face": VAGUE,
    "High_Cheekbones": N_("Mostly tells of smiling, which lifts the cheeks."),
    "Rosy_Cheeks": N_("Mostly tells of make-up and of the picture's colours."),
    "Arched_Eyebrows": VAGUE,
    "Bushy_Eyebrows": VAGUE,
    "Bags_Under_Eyes": VAGUE,
    "Receding_Hairline": VAGUE,
    "Straight_Hair": N_("Often missing where hair is short or out of sight."),
    "Wavy_Hair": N_("Often missing where hair is short or out of sight."),
    "Brown_Hair": N_("Runs into black and blond hair; light decides."),
    "Blurry": N_("Of the picture, not of the face."),
    "Wearing_Earrings": SMALL,
    "Wearing_Necklace": SMALL,
    "Wearing_Necktie": SMALL,
    "5_o_Clock_Shadow": N_("Runs into beards on one side and shaved skin on the other."),
}


def attribute_facts(vectors: Vectors, attribute: str, schema: Schema = CELEBA) -> list[str]:
    """Lines about an attribute that has a vector: AUC, frequency, co-occurrence, and any note."""
    row = vectors.row_of[attribute]
    name = attribute_name(attribute)
    count, faces = int(vectors.positives[row]), int(vectors.faces)
    aucs = ", ".join(
        f"{method_name(str(method)).lower()} {auc:.2f}"
        for method, auc in zip(vectors.methods, vectors.auc[:, row], strict=True)
        if np.isfinite(auc)
    )
    lines = [
        _("{count:,} of {faces:,} faces ({share:.1%}) are labelled {name}.").format(
            count=count, faces=faces, share=count / faces, name=name
        )
    ]
    if aucs:
        lines.append(
            _("How well the vector tells them (AUC, 0.5 by chance): {aucs}.").format(aucs=aucs)
        )
    lines += [
        _(
            "Of the faces with {name} {share:.0%} are labelled {other}, against "
            "{of_all:.0%} of all."
        ).format(name=name, share=share, other=attribute_name(other), of_all=of_all)
        for other, share, of_all in most_together(vectors, attribute)
    ]
    without, having = vectors.effective[row]
    lines.append(
        _(
            "Matched on all other attributes, they count as {having:,.0f} faces with and "
            "{without:,.0f} without it."
        ).format(having=having, without=without)
    )
    notes = NOTES if schema.is_celeba else schema.notes
    return lines + (
        [_("Note: {note}").format(note=_(notes[attribute]))] if attribute in notes else []
    )


def most_together(vectors: Vectors, attribute: str) -> list[tuple[str, float, float]]:
    """Those of ALWAYS, then the attributes whose share changes most with this one, largest first:
    name, share among faces with this attribute, share of all.
    """
    labelled = [str(name) for name in vectors.labelled]
    own, counts = labelled.index(attribute), np.diag(vectors.together)
    share, of_all = vectors.together[own] / counts[own], counts / vectors.faces
    change = np.abs(share - of_all)
    by_change = sorted(range(len(labelled)), key=lambda k: (labelled[k] not in ALWAYS, -change[k]))
    told = [k for k in by_change if k != own and change[k] > 0][:MOST_TOGETHER]
    return [(labelled[k], float(share[k]), float(of_all[k])) for k in told]
