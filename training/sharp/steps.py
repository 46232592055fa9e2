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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, get_total_norm

from training.compute.batches import as_values
from training.compute.device import (
    bfloat16_helps,
    drawing_device,
    mixed_precision,
    training_order,
)
from training.compute.randomness import Stream, seeded
from training.compute.recording import recorded_on
from training.judge.perceptual import PerceptualDistance
from training.model.networks import VAE
from training.optimization.adam import OF_OPPONENTS
from training.optimization.averaging import follow, share_after
from training.run.checkpoint import load_checkpoint, save_checkpoint
from training.run.sharp import SharpDecoder
from training.sharp.augment import augment
from training.sharp.chance import PENALISED, Drawn, Sizes, draw_chance
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
from training.sharp.schedule import penalty_at, rate_at, strength_at

LAZY = 4  # steps from one gradient penalty to the next, which then counts as often (StyleGAN2)
BALANCED = 16  # steps from one look at both gradients to the next
BALANCE_DECAY = 0.8  # of their running ratio, per look
CLIP, CLIP_DISCRIMINATOR = 5.0, 50.0  # largest gradient norms
FASTER_ALONE = 3.0  # factor of the learning rate while the decoder reconstructs alone
TINY = 1e-6  # norm of a gradient that is as good as none
FIGURES = (  # of a step
    *("adversarial", "matching", "cycle", "discriminator", "score", "balance"),
    *("l1", "perceptual", "loss", "r2", "r1"),
    *("gradient_norm", "gradient_norm_discriminator", "learning_rate", "guard"),
)


class Given(NamedTuple):
    """What differs from step to step, all on the device.

    pictures: (B, S, S, 3) uint8, those of `drawn.which`; beside: (n, S, S, 3) those of
    `drawn.real`. rate: () factor of the learning rates, float64 on a CPU. penalty: () weight of the
    penalties. strength: () factor of the adversarial loss. share: () of the decoder in its average.
    """

    drawn: Drawn
    pictures: Tensor
    beside: Tensor
    rate: Tensor
    penalty: Tensor
    strength: Tensor
    share: Tensor


class Kind(NamedTuple):
    """What is done in a step; each kind is recorded by itself.

    draws, judges: whether the decoder and the discriminator learn. penalised: whether it takes the
    penalties. balanced: whether it looks at both gradients; first: whether that is the first look.
    """

    draws: bool
    judges: bool
    penalised: bool
    balanced: bool
    first: bool


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
        recorded: Callable[[torch.device, Callable], Callable] = recorded_on,
    ):
        """others: needed where the config asks for such. model: frozen. start: whose weights to
        begin with. recorded: as `recorded_on`.

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
        self._fused = self._device.type in ("cpu", "cuda")
        # A CPU reads a rate as a number of Python, a GPU as what it computes in.
        self._exact = torch.float64 if self._device.type == "cpu" else torch.float32
        rates = config.learning_rate, config.discriminator_rate
        self._optimizer = torch.optim.Adam(
            [
                {
                    "params": [*network.parameters()],
                    "lr": torch.tensor(rate, dtype=self._exact, device=self._device),
                }
                for network, rate in zip((decoder, discriminator), rates, strict=True)
            ],
            betas=OF_OPPONENTS,
            fused=self._fused,
            capturable=self._device.type == "cuda",
        )
        self._mixed = bfloat16_helps(self._device)
        self._recorded, self._steps = recorded, dict[Kind, Callable[[Any], Any]]()

    def step(self, step: int) -> Tensor:
        """Step number `step`, from 0 up: its FIGURES, float32, good until the next step.

        With the same weights the same step does the same: all that it draws depends on its number.
        A GPU is not waited for.
        """
        if step == self._alone:
            self._opponents.guard.forget()
        kind = self.kind(step)
        if kind not in self._steps:
            self._steps[kind] = self._recorded(self._device, partial(self.plain_step, kind))
        return self._steps[kind](self.given(step))[0]

    def kind(self, step: int) -> Kind:
        """What is done in a step."""
        both, first = step >= self._alone, step == self._alone
        draws, judges = both or not self._trained, both or self._trained
        return Kind(
            draws,
            judges,
            penalised=judges and step % LAZY == 0,
            balanced=both and (first or step % BALANCED == 0),
            first=first,
        )

    def given(self, step: int) -> Given:
        """What a step is given; it depends on the step's number alone."""
        config, pictures = self._config, self._faces.pictures
        drawn = self._draw(step)
        factor = rate_at(step, self._alone, config.steps)
        penalty = 0.5 * LAZY * config.penalty * penalty_at(step, config.steps)

        def number(value: float, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.full((), value, dtype=dtype, device=self._device)

        return Given(
            drawn,
            pictures.bytes(drawn.which),
            pictures.bytes(drawn.real),
            number(factor, self._exact),
            number(penalty),
            number(strength_at(step, self._alone, config.steps)),
            number(share_after(max(0, step - self._alone), config.ema)),
        )

    def plain_step(self, kind: Kind, given: Given) -> tuple[Tensor]:
        """A step of a kind: its FIGURES. Nothing in it waits for the device."""
        own = self._opponents
        with mixed_precision(self._device, self._mixed):
            losses, fakes, reals = self._losses(kind, given)
        penalties = torch.zeros(2, device=self._device)
        if kind.penalised:
            penalties = torch.stack([self._penalty(x, given.drawn) for x in (fakes, reals)])
        opposed = losses["discriminator"] + given.penalty * penalties.sum()
        decoder, discriminator = (
            [*network.parameters()] for network in (own.decoder, own.discriminator)
        )
        _give(decoder, losses["loss"] if kind.draws else None, keep=kind.judges)
        _give(discriminator, opposed if kind.judges else None)
        none = torch.zeros((), device=self._device)
        losses |= {
            "r2": penalties[0],
            "r1": penalties[1],
            "gradient_norm": clip_grad_norm_(decoder, CLIP) if kind.draws else none,
            "gradient_norm_discriminator": (
                clip_grad_norm_(discriminator, CLIP_DISCRIMINATOR) if kind.judges else none
            ),
        }
        losses = {name: value.detach() for name, value in losses.items()}
        self._update(kind, given, losses, decoder)
        losses |= {
            "learning_rate": self._optimizer.param_groups[0]["lr"].float(),
            "guard": own.guard.rate,
        }
        return (torch.stack([losses[name] for name in FIGURES]),)

    @torch.no_grad()
    def _update(
        self, kind: Kind, given: Given, found: dict[str, Tensor], decoder: list[nn.Parameter]
    ) -> None:
        """Take the step that the gradients tell, as far as the guard lets it."""
        own, norm = self._opponents, found["gradient_norm"]
        error = found["l1"] + self._config.perceptual * found["perceptual"]
        opponent = found["discriminator"], found["gradient_norm_discriminator"]
        largest = own.guard.judge(norm, error, opponent)
        if kind.draws:
            gradients = [weight.grad for weight in decoder if weight.grad is not None]
            shorter = (largest / (get_total_norm(gradients) + TINY)).clamp(max=1.0)
            torch._foreach_mul_(gradients, shorter.masked_fill(norm <= largest, 1.0))
        both = kind.draws and kind.judges
        rates = (
            self._config.learning_rate * (1.0 if both else FASTER_ALONE),
            self._config.discriminator_rate,
        )
        rate = given.rate * own.guard.rate
        for group, peak in zip(self._optimizer.param_groups, rates, strict=True):
            group["lr"].copy_(peak * rate)
        left_out = largest == 0
        if self._fused:
            self._optimizer.found_inf = left_out.float()  # type: ignore[attr-defined]
            self._optimizer.step()
        elif not left_out:
            self._optimizer.step()
        follow(self.average, own.decoder, given.share)

    def check(self, figures: Tensor, done: int) -> None:
        """Raises Diverged where it has come to nothing. figures: of the last of `done` steps."""
        last = dict(zip(FIGURES, figures.tolist(), strict=True))
        error = last["l1"] + self._config.perceptual * last["perceptual"]
        self._opponents.guard.check(last["gradient_norm"], error, last["discriminator"], done)

    def _draw(self, step: int) -> Drawn:
        sizes = Sizes(len(self._faces.mean), self._latent, self._vae.config.size)
        generator = seeded(self._config.seed, Stream.STEP, step, drawing_device(self._device))
        return draw_chance(self._config, sizes, generator, self._device)

    def _losses(self, kind: Kind, given: Given) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Losses by name, and drawings and pictures in [-1, 1] (F, 3, S, S), without a gradient."""
        own, config, faces = self._opponents, self._config, self._faces
        drawn, x = given.drawn, as_values(given.pictures)
        mean = faces.mean[drawn.which]
        codes = mean + drawn.share * faces.sigma[drawn.which] * drawn.noise
        if kind.judges and self._others is not None and config.others:
            first, second = mean[drawn.faces].chunk(2)
            others = self._others.draw(drawn.others_noise, drawn.chance, (first, second))
            codes = torch.cat([codes, others])
        with torch.set_grad_enabled(kind.draws):
            y = own.decoder(codes).float()
            l1 = (y[: len(x)] - x).abs().mean()
            zero = torch.zeros_like(l1)
            perceptual = self._distance(x, y[: len(x)]) if self._distance else zero
            rest = l1 + config.perceptual * perceptual
        names = ("adversarial", "matching", "cycle", "discriminator", "score", "balance")
        found = dict.fromkeys(names, zero) | {"l1": l1, "perceptual": perceptual, "loss": rest}
        if not kind.judges:
            return found, y[:0], y[:0]
        pictures = torch.cat([x, as_values(given.beside)]) if config.others else x
        fakes, reals = 2 * y - 1, 2 * pictures - 1
        # Apart: the decoder's gradient then passes through the half that is drawn alone.
        fake, real = (own.discriminator(augment(half, drawn.seen)) for half in (fakes, reals))
        found["discriminator"] = pairing_loss(real, fake)
        found["score"] = (real.whole - fake.whole).mean()
        if not kind.draws:
            return found, fakes, reals
        found["adversarial"] = pairing_loss(fake, real)
        found["matching"] = feature_matching(
            [m[: len(x)] for m in fake.maps[:-1]], [m[: len(x)] for m in real.maps[:-1]]
        )
        rest = rest + config.matching * found["matching"]
        if kind.balanced:
            now = adaptive_weight(rest, found["adversarial"], y)
            own.balance.copy_(now if kind.first else own.balance.lerp(now, 1 - BALANCE_DECAY))
        if config.others:
            # Those of N(0, I), the last ones, are not what the encoder was trained to find.
            some = slice(len(x), len(codes) - config.others // KINDS)
            again = self._vae.encoder(y[some]).float().chunk(2, 1)[0]
            found["cycle"] = (again - codes[some]).square().mean()
        strength = own.balance * given.strength
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


def _give(parameters: list[nn.Parameter], loss: Tensor | None, keep: bool = False) -> None:
    """Set the gradients of a loss, of no loss to None; keep: the graph for another."""
    found = None if loss is None else torch.autograd.grad(loss, parameters, retain_graph=keep)
    for k, parameter in enumerate(parameters):
        parameter.grad = None if found is None else found[k]
