"""The decoder service: codes to pictures and back on the best device, shared by all sessions."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from explorer.decoding.cuda_graphs import Draw, FixedSizes, record
from training.compute.device import pick_device
from training.model.likelihoods import likelihood
from training.model.networks import VAE, Autoencoder
from training.run.run_folder import load_model

LARGEST_BATCH = 256  # bounds the memory of one call
REFINE_STEPS, REFINE_RATE = 60, 0.05  # of Adam; most codes move by less than one unit


class Decoder:
    """One frozen model on one device. Safe to call from many threads; calls take turns.

    device: "cuda", "mps", "cpu"; on a CPU this process computes on half of the cores from then on.
    last_ms: wall time of the latest call in milliseconds.
    """

    def __init__(self, run: Path, device: str = "auto"):
        """Raises RunError for a run without whole weights, ValueError for an absent device."""
        self._device = pick_device(device)
        if self._device.type == "cpu":
            # Threads wait for each other at every layer: on a busy machine a second one makes a
            # face thirty times slower, on an idle one a fifth faster.
            torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))
        self._model = load_model(run, self._device)
        on_gpu = self._device.type == "cuda"
        self._draw = FixedSizes(self._record, self._plain) if on_gpu else self._plain
        self._network = self._model.decoder
        if self._device.type == "cpu":
            self._network = fastest_on_cpu(self._model.decoder)
        self._turn = threading.Lock()
        self.device = self._device.type
        self.last_ms = 0.0

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(B, D) float32 codes -> (B, S, S, 3) uint8 RGB, the means of p(x|z).

        Raises ValueError for another shape and for codes that are not finite.
        """
        z = torch.from_numpy(self.checked(codes))
        with self._turn, torch.inference_mode():
            started = time.perf_counter()
            parts = [self._draw(part).numpy() for part in z.split(LARGEST_BATCH) if len(z)]
            self.last_ms = 1000 * (time.perf_counter() - started)
        return np.concatenate(parts) if parts else np.zeros((0, *self.shape), np.uint8)

    def parameters(self, codes: np.ndarray) -> dict[str, np.ndarray]:
        """The parameters of p(x|z) as pictures: name -> (B, S, S, 3) float32.

        Which ones depends on the likelihood: "mean", and "sigma", "scale", "lambda" or those of the
        mixture's components. codes, B <= LARGEST_BATCH, and errors: as in `decode`.
        """
        z = torch.from_numpy(self.checked(codes)).to(self._device)
        with self._turn, torch.inference_mode():
            pictures = self._model.output(z).pictures()
            return {k: v.permute(0, 2, 3, 1).cpu().numpy() for k, v in pictures.items()}

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """(B, S, S, 3) uint8 RGB, B <= LARGEST_BATCH -> (B, D) float32, the means of q(z|x).

        Raises ValueError for another shape or type.
        """
        x = self._values(pictures)
        with self._turn, torch.inference_mode():
            return self._model.posterior(x).mean.cpu().numpy()

    def posterior(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log-variance of q(z|x), each (B, D) float32; pictures and errors: as `encode`.

        The hourglass has a log-variance of minus infinity.
        """
        x = self._values(pictures)
        with self._turn, torch.inference_mode():
            mean, logvar = self._model.posterior(x)
            return mean.cpu().numpy(), logvar.cpu().numpy()

    @contextmanager
    def lent(self) -> Iterator[Autoencoder]:
        """The frozen model itself for one turn, without gradients; the others wait meanwhile."""
        with self._turn, torch.inference_mode():
            yield self._model

    def refine(
        self,
        picture: np.ndarray,
        code: np.ndarray,
        steps: int = REFINE_STEPS,
        progress: Callable[[float], None] = lambda done: None,
    ) -> np.ndarray:
        """The code of smallest loss on `steps` steps of Adam from `code`: (D,) float32.

        The loss is -log p(x|z) - log p(z) up to constants, so its minimum is the most probable
        code of the picture (MAP); the hourglass has no prior and leaves that term out. The start
        counts too: the result is never worse. Other sessions get their turn between steps.

        picture: (S, S, 3) uint8. code: (D,). progress: told the share done, up to 1.
        Raises ValueError as `encode` and `decode` do.
        """
        x = self._values(picture[None])
        z = torch.from_numpy(self.checked(code[None])).to(self._device).requires_grad_()
        prior = 1.0 if isinstance(self._model, VAE) else 0.0
        optimizer = torch.optim.Adam([z], lr=REFINE_RATE)
        best, least = z.detach().clone(), torch.inf
        for step in range(steps + 1):  # the last one only looks at the loss
            with self._turn, torch.enable_grad():
                density = self._model.output(z).log_density(x).sum()
                loss = 0.5 * prior * z.square().sum() - density
                if loss.item() < least:
                    best, least = z.detach().clone(), loss.item()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            progress(step / max(steps, 1))
        return best[0].cpu().numpy()

    def checked(self, codes: np.ndarray) -> np.ndarray:
        """The codes as contiguous (B, D) float32. Raises ValueError as `decode` does."""
        if codes.ndim != 2 or codes.shape[1] != self.latent:
            raise ValueError(f"expected codes of shape (B, {self.latent}); found {codes.shape}")
        if not np.isfinite(codes).all():
            raise ValueError("expected finite codes; found NaN or infinity")
        return np.array(codes, np.float32, order="C")  # a copy: what is given may be read-only

    @property
    def latent(self) -> int:
        """D, the number of latent dimensions."""
        return self._model.config.latent

    @property
    def shape(self) -> tuple[int, int, int]:
        """(S, S, 3), the shape of a picture."""
        size = self._model.config.size
        return size, size, 3

    def _values(self, pictures: np.ndarray) -> torch.Tensor:
        """(B, S, S, 3) uint8 -> (B, 3, S, S) float32 in [0, 1] on the device."""
        if pictures.shape[1:] != self.shape or pictures.dtype != np.uint8:
            raise ValueError(
                f"expected pictures of shape (B, {', '.join(map(str, self.shape))}) uint8; "
                f"found {pictures.shape} {pictures.dtype}"
            )
        x = torch.from_numpy(np.array(pictures)).to(self._device)
        return x.permute(0, 3, 1, 2).float() / 255

    def _plain(self, z: torch.Tensor) -> torch.Tensor:
        """(B, D) -> (B, S, S, 3) uint8, both on the CPU."""
        return pixels(self._model, z.to(self._device), self._network).cpu()

    def _record(self, size: int) -> Draw:
        """The same for batches of one size, on a GPU."""
        return record(partial(pixels, self._model), size, self.latent, self._device)


def pixels(
    model: Autoencoder, z: torch.Tensor, network: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """(B, D) codes -> (B, S, S, 3) uint8 RGB on the same device, the means of p(x|z).

    network: what computes the model's decoder, where it is not the model itself.
    """
    output = (network or model.decoder)(z)
    mean = likelihood(model.config.likelihood, output, model.log_sigma).mean
    return (mean * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def fastest_on_cpu(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """The network through onnxruntime, or itself where that is not installed."""
    try:
        from explorer.decoding.onnx_decoder import on_cpu
    except ImportError:
        return network
    return on_cpu(network, torch.get_num_threads())
