"""The network behind learned steps in torch; training/edits/learned_steps.py is its numpy twin."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional


class StepNetwork(nn.Module):
    """The step of strength 1 from a code: a direction of the attribute, and what this face adds.

        step = d + spread * W2 silu(W1 (z - center) / spread + b)

    with d and b of the attribute, for adding and for taking away apart. At first it is d alone.
    """

    ROWS = ("directions", "told")  # each attribute has its own

    center: Tensor
    spread: Tensor

    def __init__(self, center: Tensor, spread: Tensor, directions: Tensor, hidden: int):
        """center, spread: (D,) of the codes. directions: (V, 2, D), taken away and added."""
        super().__init__()
        latent = len(center)
        self.directions = nn.Parameter(directions.clone())
        self.told = nn.Parameter(0.5 * torch.randn(*directions.shape[:2], hidden))
        self.first = nn.Linear(latent, hidden, bias=False)
        self.second = nn.Linear(hidden, latent, bias=False)
        nn.init.zeros_(self.second.weight)
        self.register_buffer("center", center.clone())
        self.register_buffer("spread", spread.clone())

    def share(self, weights: Mapping[str, Tensor]) -> None:
        """Take from those of other attributes what all have in common, and leave it as it is."""
        common = {name: value for name, value in weights.items() if name not in self.ROWS}
        self.load_state_dict(common, strict=False)
        for layer in (self.first, self.second):
            layer.requires_grad_(False)

    def forward(self, z: Tensor, row: Tensor, side: Tensor) -> Tensor:
        """Codes (B, D), attributes (B,) int64 and sides (B,) 0 or 1 -> steps (B, D)."""
        seen = self.first((z - self.center) / self.spread) + self.told[row, side]
        return self.directions[row, side] + self.spread * self.second(functional.silu(seen))
