"""The words of this field that the pages use, each told once, in a sentence or two.

Captions take a definition with `define`; a step of Learn lists its words with `show_words`.
"""

import streamlit as st

GLOSSARY = {
    "aggregate posterior": "What the codes of all pictures look like together, q(z).",
    "attribute": "Something that a face has or has not, such as Eyeglasses, by a label in CelebA.",
    "attribute vector": "A list of numbers that is added to a code to give a face an attribute.",
    "autoencoder": "Two networks that learn to copy pictures: an encoder and a decoder with a "
    "narrow middle between them.",
    "baseline": "A number that is subtracted from all results before they are compared.",
    "bits per dimension": "How many bits it takes to store one value of a picture with the help of "
    "the model. Fewer is better; without a model it takes 8.",
    "classifier": "A network that looks at a picture and says how sure it is of each attribute.",
    "code": "The list of numbers that stands for a picture in the middle of the network, also "
    "written z.",
    "decoder": "The network that turns a code into a picture.",
    "density": "How probable values near a place are. Unlike a probability it may be above 1, and "
    "its logarithm may then be positive.",
    "discriminator": "A network that learns to tell drawings from real pictures, and by that "
    "teaches the network that draws.",
    "distortion": "How badly a code explains its picture: minus the logarithm of p(x|z), on "
    "average.",
    "ELBO": "Evidence lower bound: a number that can be computed and that is never larger than the "
    "log probability of a picture. It is minus distortion minus rate.",
    "encoder": "The network that turns a picture into a code.",
    "flow": "A network that moves random numbers, step by step, to places where codes of faces "
    "lie.",
    "Fréchet distance": "How far apart two sets of pictures are as a whole: it compares mean and "
    "covariance of what a network sees in them. 0 is equal, less is better. It is not FID: the "
    "network is our own classifier of attributes, and the numbers are on another scale.",
    "Gaussian": "The bell curve, also called the normal distribution, N(mean, variance).",
    "gradient": "In which direction, and how steeply, a result changes when its inputs change.",
    "hole": "A place where the prior puts codes and where no code of a real picture is near.",
    "hourglass": "Our name for the plain autoencoder, which has no prior.",
    "judge": "A network that says which attributes it sees in a picture. The one that scores edits "
    "took no part in making them.",
    "KL divergence": "How different one distribution is from another; 0 if they are the same.",
    "lens": "What a map looks at: the codes themselves, or what simple rules read from them.",
    "likelihood": "How probable a picture is under a code, p(x|z).",
    "nat": "A unit of information, as the bit is. One nat more is e = 2.7 times as probable; a bit "
    "is 0.69 nats.",
    "posterior": "Which codes may have made a picture, p(z|x). The encoder's answer q(z|x) comes "
    "close to it.",
    "principal component": "A direction in which codes differ. The first is the one in which they "
    "differ most, the next one is at a right angle to it, and so on.",
    "prior": "Where codes are expected before a picture is seen, p(z): here a Gaussian with mean "
    "0 and variance 1 in every dimension, N(0, I).",
    "PSNR": "How alike two pictures are, in decibels (dB), value by value. More is better: with 10 "
    "dB more, the squared error is ten times smaller.",
    "rate": "How much a code tells of its picture, in nats: the KL divergence from q(z|x) to the "
    "prior.",
    "sample": "One random draw from a distribution.",
    "score function": "A way to estimate a gradient from results alone: make draws more probable "
    "that did well.",
    "sharpness": "The fine detail of a drawing, as a share of the detail of its picture.",
    "standard deviation": "How far values usually are from their mean, also written σ. The "
    "variance is its square.",
    "temperature": "A factor for random codes: below 1 they stay nearer to the middle.",
    "UMAP": "A method that lays points out on a plane so that neighbours stay neighbours.",
    "VAE": "Variational autoencoder: an autoencoder that also keeps its codes near a prior.",
}


def define(name: str) -> str:
    """For a caption: "PSNR: how alike ...". Raises KeyError for a word that is not told."""
    told = GLOSSARY[name]
    return f"{name[0].upper()}{name[1:]}: {_small(told)}"


def show_words(names: tuple[str, ...]) -> None:
    """A button that opens the definitions of some words. Raises KeyError as `define` does."""
    with st.popover("Words on this page", icon=":material/menu_book:", key="words"):
        for name in names:
            st.markdown(f"**{name}**: {_small(GLOSSARY[name])}")


def _small(told: str) -> str:
    """As it goes on behind a colon; a name such as "Our" loses its capital, too."""
    return told[0].lower() + told[1:]
