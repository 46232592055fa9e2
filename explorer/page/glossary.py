"""The words of this field that the pages use, each told once, in a sentence or two.

Captions take a definition with `define`; a step of Learn lists its words with `show_words`.
"""

import streamlit as st

from explorer.language.catalogues import SOURCE
from explorer.language.text import N_, _, language

GLOSSARY = {
    N_("aggregate posterior"): N_("What the codes of all pictures look like together, q(z)."),
    N_("attribute"): N_(
        "Something that a face has or has not, such as Eyeglasses, by a label in CelebA."
    ),
    N_("attribute vector"): N_(
        "A list of numbers that is added to a code to give a face an attribute."
    ),
    N_("autoencoder"): N_(
        "Two networks that learn to copy pictures: an encoder and a decoder with a "
        "narrow middle between them."
    ),
    N_("baseline"): N_("A number that is subtracted from all results before they are compared."),
    N_("bits per dimension"): N_(
        "How many bits it takes to store one value of a picture with the help of "
        "the model. Fewer is better; without a model it takes 8."
    ),
    N_("classifier"): N_(
        "A network that looks at a picture and says how sure it is of each attribute."
    ),
    N_("code"): N_(
        "The list of numbers that stands for a picture in the middle of the network, also "
        "written z."
    ),
    N_("decoder"): N_("The network that turns a code into a picture."),
    N_("density"): N_(
        "How probable values near a place are. Unlike a probability it may be above 1, and "
        "its logarithm may then be positive."
    ),
    N_("discriminator"): N_(
        "A network that learns to tell drawings from real pictures, and by that "
        "teaches the network that draws."
    ),
    N_("distortion"): N_(
        "How badly a code explains its picture: minus the logarithm of p(x|z), on average."
    ),
    N_("ELBO"): N_(
        "Evidence lower bound: a number that can be computed and that is never larger than the "
        "log probability of a picture. It is minus distortion minus rate."
    ),
    N_("encoder"): N_("The network that turns a picture into a code."),
    N_("flow"): N_(
        "A network that moves random numbers, step by step, to places where codes of faces lie."
    ),
    N_("Fréchet distance"): N_(
        "How far apart two sets of pictures are as a whole: it compares mean and "
        "covariance of what a network sees in them. 0 is equal, less is better. It is not FID: the "
        "network is our own classifier of attributes, and the numbers are on another scale."
    ),
    N_("Gaussian"): N_("The bell curve, also called the normal distribution, N(mean, variance)."),
    N_("gradient"): N_(
        "In which direction, and how steeply, a result changes when its inputs change."
    ),
    N_("hole"): N_(
        "A place where the prior puts codes and where no code of a real picture is near."
    ),
    N_("hourglass"): N_("Our name for the plain autoencoder, which has no prior."),
    N_("judge"): N_(
        "A network that says which attributes it sees in a picture. The one that scores edits "
        "took no part in making them."
    ),
    N_("KL divergence"): N_(
        "How different one distribution is from another; 0 if they are the same."
    ),
    N_("lens"): N_(
        "What a map looks at: the codes themselves, or what simple rules read from them."
    ),
    N_("likelihood"): N_("How probable a picture is under a code, p(x|z)."),
    N_("nat"): N_(
        "A unit of information, as the bit is. One nat more is e = 2.7 times as probable; a bit "
        "is 0.69 nats."
    ),
    N_("posterior"): N_(
        "Which codes may have made a picture, p(z|x). The encoder's answer q(z|x) comes "
        "close to it."
    ),
    N_("principal component"): N_(
        "A direction in which codes differ. The first is the one in which they "
        "differ most, the next one is at a right angle to it, and so on."
    ),
    N_("prior"): N_(
        "Where codes are expected before a picture is seen, p(z): here a Gaussian with mean "
        "0 and variance 1 in every dimension, N(0, I)."
    ),
    N_("PSNR"): N_(
        "How alike two pictures are, in decibels (dB), value by value. More is better: with 10 "
        "dB more, the squared error is ten times smaller."
    ),
    N_("rate"): N_(
        "How much a code tells of its picture, in nats: the KL divergence from q(z|x) to the prior."
    ),
    N_("sample"): N_("One random draw from a distribution."),
    N_("score function"): N_(
        "A way to estimate a gradient from results alone: make draws more probable that did well."
    ),
    N_("sharpness"): N_("The fine detail of a drawing, as a share of the detail of its picture."),
    N_("standard deviation"): N_(
        "How far values usually are from their mean, also written σ. The variance is its square."
    ),
    N_("temperature"): N_("A factor for random codes: below 1 they stay nearer to the middle."),
    N_("UMAP"): N_("A method that lays points out on a plane so that neighbours stay neighbours."),
    N_("VAE"): N_(
        "Variational autoencoder: an autoencoder that also keeps its codes near a prior."
    ),
}


def define(name: str) -> str:
    """For a caption: "PSNR: how alike ...". Raises KeyError for a word that is not told."""
    told, name = _told(name), _(name)
    return f"{name[0].upper()}{name[1:]}: {told}"


def show_words(names: tuple[str, ...]) -> None:
    """A button that opens the definitions of some words. Raises KeyError as `define` does."""
    with st.popover(_("Words on this page"), icon=":material/menu_book:", key="words"):
        st.markdown("\n\n".join(f"**{_(name)}**: {_told(name)}" for name in names))


def _told(name: str) -> str:
    """As it goes on behind a colon; a name such as "Our" loses its capital, too. Translations stand
    as they are: German has capitals that stay.
    """
    told = GLOSSARY[name]
    return told[0].lower() + told[1:] if language() == SOURCE else _(told)
