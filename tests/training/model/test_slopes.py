"""The slopes that are written out, against those that torch finds."""

import numpy as np
import pytest
import torch

from training.model.likelihoods import LIKELIHOODS, OUTPUTS, likelihood, slope

LOG_SCALE = -1.5


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_slope_is_the_gradient_of_the_density(name: str):
    generator = torch.Generator().manual_seed(0)
    outputs = 2 * torch.randn(2, 3 * OUTPUTS[name], 8, 8, generator=generator)
    x = torch.randint(0, 256, (2, 3, 8, 8), generator=generator) / 255
    x[0, :, 0], x[0, :, 1] = 0, 1  # levels that hold all that is outside, too
    outputs.requires_grad_()
    scale = torch.tensor(LOG_SCALE)
    density = likelihood(name, outputs, scale).log_density(x).sum()
    (expected,) = torch.autograd.grad(density, outputs)
    found = slope(name, outputs.detach().numpy(), scale.numpy(), x.numpy())
    assert found.shape == outputs.shape
    assert expected.abs().max() > 0.1
    np.testing.assert_allclose(found, expected.numpy(), rtol=2e-3, atol=2e-3)
