"""One step of training a sharp renderer: what is drawn, the losses, and what follows the weights.

The loss of the decoder is

    r + s (adversarial a + cycle c)        with r = L1 + perceptual p + matching f

p: the perceptual distance (training/judge/perceptual.py). f: how far drawings are from their
pictures in the discriminator's maps (VAE/GAN, Larsen et al. 2016). a: the pairing loss of drawings
(training/sharp/losses.py). c: how far codes without a picture are from what the encoder finds in
their drawings. s: what balances a with r in the drawings (after Esser et al. 2021), a running mean.
The discriminator minimises the pairing loss of pictures and, every LAZY steps, R1 and R2.

Both gradients come from the same pass through the discriminator: the updates are simultaneous.
"""

import copy
import math
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from training.compute.device import bfloat16_helps, mixed_precision, training_order
from training.compute.randomness import Stream, seeded
from training.judge.perceptual import PerceptualDistance
from training.model.networks import VAE
from training.optimization.averaging import follow
from training.run.checkpoint import load_checkpoint, save_checkpoint
from training.run.sharp import SharpDecoder
from training.sharp.augment import Augmentation, augment, draw_augmentation
from training.sharp.codes import CodedPictures, OtherCodes
from training.sharp.config import KINDS, SharpConfig
from training.sharp.discriminator import Discriminator
from training.sharp.guard import Guard
from training.sharp.losses import (
    adaptive_weight,
    feature_matching,
    gradient_penalty,
    pairing_loss,
)

BETAS = (0.0, 0.99)  # of Adam; a moving opponent makes old gradients worthless (StyleGAN2)
LAZY = 4  # steps from one gradient penalty to the next, which then counts as often (StyleGAN2)
PENALISED = 4  # every so many-th pair of a batch is given to a penalty
BALANCED = 16  # steps from one look at both gradients to the next
BALANCE_DECAY = 0.8  # of their running ratio, per look
CLIP, CLIP_DISCRIMINATOR = 5.0, 50.0  # largest gradient norms
FASTER_ALONE = 3.0  # factor of the learning rate while the decoder reconstructs alone
RISE = 0.05  # share of the steps in which the rate rises, and the discriminator's weight
FALL, LOWEST = 0.45, 0.05  # share of the steps in which rates fall, and their last factor
LAST_PENALTY = 0.5  # factor of the penalties at the end


class Drawn(NamedTuple):
    """All that is random in a step on B pictures and n other codes, F = B + n.

    which: (B,) pictures. share: (B, 1) of the posterior's noise. noise: (B, D). others_noise:
    (3 n / 4, D), chance: (3 n / 4,), faces: (n / 2,) of B, see `OtherCodes.draw`. real: (n,) which
    pictures stand beside the other codes. seen: how drawings and pictures are seen, F of them;
    penalised: the same for the pairs that a penalty is taken of.
    """

    which: Tensor
    share: Tensor
    noise: Tensor
    others_noise: Tensor
    chance: Tensor
    faces: Tensor
    real: Tensor
    seen: Augmentation
    penalised: Augmentation


class Opponents(nn.Module):
    """Decoder and discriminator with what else a checkpoint has to hold.

    balance: () the running weight s of the adversarial loss.
    """

    balance: Tensor

    def __init__(self, decoder: SharpDecoder, discriminator: Discriminator):
        super().__init__()
        self.decoder, self.discriminator, self.guard = decoder, discriminator, Guard()
        self.register_buffer("balance", torch.ones(()))


class SharpTrainer:
    """A sharp renderer in training, one step at a time. average: the weights that are kept."""

    def __init__(
        self,
        faces: CodedPictures,
        others: OtherCodes | None,
        model: VAE,
        config: SharpConfig,
        start: SharpDecoder | None = None,
    ):
        """others: needed where the config asks for such. model: frozen. start: whose weights to
        begin with.

        At first a fresh decoder learns alone, or beside a trained one the fresh discriminator.
        """
        self._faces, self._others, self._vae, self._config = faces, others, model, config
        self._device, self._latent = faces.pictures.device, model.config.latent
        self._alone, self._trained = round(config.alone * config.steps), start is not None
        torch.manual_seed(config.seed)
        decoder = SharpDecoder(model.config, config.widths, config.blocks)
        discriminator = Discriminator(model.config.size, config.discriminator)
        if start is not None:
            decoder.load_state_dict(start.state_dict())
        decoder.to(memory_format=training_order(self._device))
        discriminator.to(memory_format=torch.channels_last)
        self._opponents = Opponents(decoder, discriminator).to(self._device).train()
        self.average = copy.deepcopy(decoder).to(self._device).eval().requires_grad_(False)
        self._distance = PerceptualDistance(device=self._device) if config.perceptual else None
        self._optimizer = torch.optim.Adam(
            [
                {"params": [*decoder.parameters()], "lr": config.learning_rate},
                {"params": [*discriminator.parameters()], "lr": config.discriminator_rate},
            ],
            betas=BETAS,
            fused=self._device.type in ("cpu", "cuda"),
        )
        self._mixed = bfloat16_helps(self._device)

    def step(self, step: int) -> dict[str, float]:
        """Step number `step`, from 0 up: its figures. Raises Diverged.

        With the same weights the same step does the same: all that it draws depends on its number.
        """
        own, config = self._opponents, self._config
        if step == self._alone:
            own.guard.forget()
        drawn, both = self._draw(step), step >= self._alone
        draws, judges = both or not self._trained, both or self._trained
        with mixed_precision(self._device, self._mixed):
            losses, fakes, reals = self._losses(drawn, step, draws, judges)
        penalties = torch.zeros(2, device=self._device)
        if judges and step % LAZY == 0:
            penalties = torch.stack([self._penalty(x, drawn) for x in (fakes, reals)])
        weight = 0.5 * LAZY * config.penalty * penalty_at(step, config.steps)
        opposed = losses["discriminator"] + weight * penalties.sum()
        decoder, discriminator = (
            [*network.parameters()] for network in (own.decoder, own.discriminator)
        )
        _give(decoder, losses["loss"] if draws else None, keep=judges)
        _give(discriminator, opposed if judges else None)
        losses |= {
            "r2": penalties[0],
            "r1": penalties[1],
            "gradient_norm": clip_grad_norm_(decoder, CLIP),
            "gradient_norm_discriminator": clip_grad_norm_(discriminator, CLIP_DISCRIMINATOR),
        }
        values = torch.stack([v.detach().to(self._device) for v in losses.values()]).tolist()
        figures = dict(zip(losses, values, strict=True))
        return figures | self._update(step, figures, decoder)

    def _update(
        self, step: int, figures: dict[str, float], decoder: list[nn.Parameter]
    ) -> dict[str, float]:
        """Take the step that the gradients tell, as far as the guard lets it; its figures."""
        own, norm = self._opponents, figures["gradient_norm"]
        error = figures["l1"] + self._config.perceptual * figures["perceptual"]
        opponent = figures["discriminator"], figures["gradient_norm_discriminator"]
        largest = own.guard.judge(norm, error, opponent, step + 1)
        if largest > 0:
            if norm > largest:
                clip_grad_norm_(decoder, largest)
            rate = rate_at(step, self._alone, self._config.steps) * own.guard.rate.item()
            alone = FASTER_ALONE if step < self._alone else 1.0
            rates = (self._config.learning_rate * alone, self._config.discriminator_rate)
            for group, peak in zip(self._optimizer.param_groups, rates, strict=True):
                group["lr"] = peak * rate
            self._optimizer.step()
        follow(self.average, own.decoder, self._config.ema, max(0, step - self._alone))
        return {
            "learning_rate": self._optimizer.param_groups[0]["lr"],
            "guard": own.guard.rate.item(),
        }

    def _draw(self, step: int) -> Drawn:
        config, latent = self._config, self._latent
        generator = seeded(config.seed, Stream.STEP, step)
        count, size = len(self._faces.mean), self._vae.config.size
        batch, quarter = config.batch, config.others // KINDS
        device, pairs = self._device, batch + config.others

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator).to(device)

        def uniform(*shape: int) -> Tensor:
            return torch.rand(*shape, generator=generator).to(device)

        def which(below: int, number: int) -> Tensor:
            return torch.randint(below, (number,), generator=generator)

        def augmentation(number: int) -> Augmentation:
            return draw_augmentation(number, size, generator).to(device)

        return Drawn(
            which=which(count, batch),
            share=config.noise * uniform(batch, 1),
            noise=normal(batch, latent),
            others_noise=normal(3 * quarter, latent),
            chance=uniform(3 * quarter),
            faces=which(batch, 2 * quarter),
            real=which(count, config.others),
            seen=augmentation(pairs),
            penalised=augmentation(len(range(0, pairs, PENALISED))),
        )

    def _losses(
        self, drawn: Drawn, step: int, draws: bool, judges: bool
    ) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Losses by name, and drawings and pictures in [-1, 1] (F, 3, S, S), without a gradient.

        draws, judges: whether the decoder and the discriminator learn in this step.
        """
        own, config, faces = self._opponents, self._config, self._faces
        x = faces.pictures.batch(drawn.which)
        mean = faces.mean[drawn.which]
        codes = mean + drawn.share * faces.sigma[drawn.which] * drawn.noise
        if judges and self._others is not None and config.others:
            first, second = mean[drawn.faces].chunk(2)
            others = self._others.draw(drawn.others_noise, drawn.chance, (first, second))
            codes = torch.cat([codes, others])
        with torch.set_grad_enabled(draws):
            y = own.decoder(codes).float()
            l1 = (y[: len(x)] - x).abs().mean()
            zero = torch.zeros_like(l1)
            perceptual = self._distance(x, y[: len(x)]) if self._distance else zero
            rest = l1 + config.perceptual * perceptual
        names = ("adversarial", "matching", "cycle", "discriminator", "score", "balance")
        found = dict.fromkeys(names, zero) | {"l1": l1, "perceptual": perceptual, "loss": rest}
        if not judges:
            return found, y[:0], y[:0]
        pictures = torch.cat([x, faces.pictures.batch(drawn.real)]) if config.others else x
        fakes, reals = 2 * y - 1, 2 * pictures - 1
        # Apart: the decoder's gradient then passes through the half that is drawn alone.
        fake, real = (own.discriminator(augment(half, drawn.seen)) for half in (fakes, reals))
        found["discriminator"] = pairing_loss(real, fake)
        found["score"] = (real.whole - fake.whole).mean()
        if not draws:
            return found, fakes, reals
        found["adversarial"] = pairing_loss(fake, real)
        found["matching"] = feature_matching(
            [m[: len(x)] for m in fake.maps[:-1]], [m[: len(x)] for m in real.maps[:-1]]
        )
        rest = rest + config.matching * found["matching"]
        beginning = step == self._alone
        if step % BALANCED == 0 or beginning:
            now = adaptive_weight(rest, found["adversarial"], y)
            own.balance.copy_(now if beginning else own.balance.lerp(now, 1 - BALANCE_DECAY))
        if config.others:
            # Those of N(0, I), the last ones, are not what the encoder was trained to find.
            some = slice(len(x), len(codes) - config.others // KINDS)
            again = self._vae.encoder(y[some]).float().chunk(2, 1)[0]
            found["cycle"] = (again - codes[some]).square().mean()
        strength = own.balance * min(1.0, (step - self._alone + 1) / (RISE * config.steps + 1))
        drawn_well = config.adversarial * found["adversarial"] + config.cycle * found["cycle"]
        found |= {"loss": rest + strength * drawn_well, "balance": own.balance}
        return found, fakes.detach(), reals

    def _penalty(self, x: Tensor, drawn: Drawn) -> Tensor:
        """R1 of pictures or R2 of drawings, of every PENALISED-th, in float32."""
        own = self._opponents
        return gradient_penalty(
            lambda some: own.discriminator(augment(some, drawn.penalised)), x[::PENALISED]
        )

    def save(self, path: Path, done: int, about: str) -> None:
        """Write a checkpoint after `done` steps of what `about` says."""
        save_checkpoint(path, self._opponents, self.average, self._optimizer, done, about)

    def restore(self, path: Path, about: str) -> int:
        """Read a checkpoint; returns the number of finished steps. Raises RunError."""
        done = load_checkpoint(path, self._opponents, self.average, self._optimizer, about)
        for parameter, moments in self._optimizer.state.items():
            for name, value in moments.items():
                if value.shape == parameter.shape:  # in the order of memory that Adam expects
                    moments[name] = torch.empty_like(parameter).copy_(value)
        return done


def rate_at(step: int, alone: int, steps: int) -> float:
    """The factor of the learning rates at a step: up, level, and down as a cosine.

    alone: steps in which one of the two learns alone, which rise and fall once for themselves.
    """
    if step < alone:
        rise = min(1.0, (step + 1) / max(1.0, RISE * steps))
        return rise * (1.0 if step < 0.7 * alone else 0.4)
    done = (step - alone) / max(1, steps - alone)
    rise = min(1.0, (step - alone + 1) / max(1.0, RISE * steps))
    turn = max(0.0, done - (1 - FALL)) / FALL
    return rise * (LOWEST + (1 - LOWEST) * 0.5 * (1 + math.cos(math.pi * turn)))


def penalty_at(step: int, steps: int) -> float:
    """The factor of the penalties at a step: from 1 down to LAST_PENALTY as a cosine."""
    return LAST_PENALTY + (1 - LAST_PENALTY) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _give(parameters: list[nn.Parameter], loss: Tensor | None, keep: bool = False) -> None:
    """Set the gradients of a loss, of no loss to None; keep: the graph for another."""
    found = None if loss is None else torch.autograd.grad(loss, parameters, retain_graph=keep)
    for k, parameter in enumerate(parameters):
        parameter.grad = None if found is None else found[k]
