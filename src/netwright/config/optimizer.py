"""The rule by which a step moves the weights; names and defaults of parameters are those of Keras."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netwright.config._section import Number, Section

__all__ = [
    "AdagradOptimizer",
    "AdamOptimizer",
    "AdamWOptimizer",
    "LionOptimizer",
    "MomentumOptimizer",
    "NadamOptimizer",
    "Optimizer",
    "RMSpropOptimizer",
    "SGDOptimizer",
]


class SGDOptimizer(Section):
    """Plain gradient descent, Δω = -α g: slow, and the one to compare with."""

    kind: Literal["sgd"] = Field(description="Δω = -α g.")


class MomentumOptimizer(Section):
    """Gradient descent with velocity, v = μ v - α g, Δω = v: rolls over small bumps."""

    kind: Literal["momentum"] = Field(description="v = μ v - α g, Δω = v.")
    momentum: Number = Field(0.9, gt=0, lt=1, description="μ; the seed's form has (1 - μ) α instead of α.")
    nesterov: bool = Field(default=False, description="Whether the gradient is taken ahead of the velocity.")


class AdagradOptimizer(Section):
    """Steps that shrink with the sum of all squared gradients: for rare features."""

    kind: Literal["adagrad"] = Field(description="ν = Σ g², Δω = -α g / √(ν + ε).")
    initial_accumulator_value: Number = Field(0.1, ge=0, description="ν before the first step.")
    epsilon: Number = Field(1e-7, gt=0, description="ε; the seed has it outside of the root.")


class RMSpropOptimizer(Section):
    """Steps that shrink with the recent squared gradients."""

    kind: Literal["rmsprop"] = Field(description="ν = ρ ν + (1 - ρ) g², Δω = -α g / √(ν + ε).")
    rho: Number = Field(0.9, gt=0, lt=1, description="ρ, the seed's β.")
    epsilon: Number = Field(1e-7, gt=0, description="ε; the seed has it outside of the root.")


class _Moments(Section):
    beta_1: Number = Field(0.9, gt=0, lt=1, description="Memory of the gradient, the seed's γ.")
    beta_2: Number = Field(0.999, gt=0, lt=1, description="Memory of its square, the seed's β.")
    epsilon: Number = Field(1e-7, gt=0, description="Keeps the quotient finite.")


class AdamOptimizer(_Moments):
    """RMSprop with momentum, both corrected for their start: the one to begin with."""

    kind: Literal["adam"] = Field(
        description="m / (√ν + ε); others: sgd, momentum, adagrad, rmsprop, adamw, nadam, lion."
    )


class AdamWOptimizer(_Moments):
    """Adam with weights that decay by themselves: L2 that works with Adam."""

    kind: Literal["adamw"] = Field(description="Adam and ω -> (1 - α λ) ω.")
    weight_decay: Number = Field(0.004, ge=0, description="λ, in units of the learning rate.")


class NadamOptimizer(_Moments):
    """Adam with Nesterov's look ahead."""

    kind: Literal["nadam"] = Field(description="Adam with Nesterov momentum.")


class LionOptimizer(Section):
    """Steps of one size in the direction of a sign: wants a tenth of Adam's learning rate."""

    kind: Literal["lion"] = Field(description="Δω = -α sign(β₁ m + (1 - β₁) g).")
    beta_1: Number = Field(0.9, gt=0, lt=1, description="Memory of the gradient in a step.")
    beta_2: Number = Field(0.99, gt=0, lt=1, description="Memory of the gradient between steps.")
    weight_decay: Number = Field(0.0, ge=0, description="λ in ω -> (1 - α λ) ω.")


Optimizer = Annotated[
    SGDOptimizer
    | MomentumOptimizer
    | AdagradOptimizer
    | RMSpropOptimizer
    | AdamOptimizer
    | AdamWOptimizer
    | NadamOptimizer
    | LionOptimizer,
    Field(discriminator="kind"),
]
