"""A network begins with the weights of a smaller one and computes what that computed.

A residual block starts as the identity, so one that is added at the end of a level changes nothing
until it is trained (as blocks of Net2Net, Chen et al. 2016).
"""

from collections.abc import Iterator

from torch import nn

from training.model.networks import Autoencoder, ResidualBlock


def grow_from(model: Autoencoder, trained: Autoencoder) -> None:
    """Give `model` the weights of `trained`, which has as many residual blocks or fewer.

    Blocks that only `model` has become the identity. Raises RuntimeError for networks that differ
    in anything else.
    """
    state = {k: v for k, v in trained.state_dict().items() if ".levels." not in k}
    for half in ("encoder", "decoder"):
        own, other = (getattr(m, half).levels for m in (model, trained))
        for number, theirs in _counterparts(own, other):
            block = own[number].state_dict()
            if theirs is None:
                values = {k: v * 0 if k.startswith("conv2.") else v for k, v in block.items()}
            else:
                values = other[theirs].state_dict()
            state |= {f"{half}.levels.{number}.{k}": v for k, v in values.items()}
    model.load_state_dict(state)


def _counterparts(own: nn.Sequential, other: nn.Sequential) -> Iterator[tuple[int, int | None]]:
    """Number of each layer and that of its counterpart, None for a block that the other lacks."""
    theirs = 0
    for number, layer in enumerate(own):
        missing = theirs == len(other) or not isinstance(other[theirs], ResidualBlock)
        if isinstance(layer, ResidualBlock) and missing:
            yield number, None
            continue
        if theirs == len(other):
            raise RuntimeError("expected as many layers that are no residual blocks; found fewer")
        yield number, theirs
        theirs += 1
    if theirs != len(other):
        raise RuntimeError(
            f"expected a network of the same levels; {len(other) - theirs} left over"
        )
