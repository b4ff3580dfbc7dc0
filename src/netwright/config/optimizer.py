"""Optimizers: how each step updates the weights; names and defaults of parameters follow Keras."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from netwright.section import Number, Section

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
    """Plain gradient descent, Δω = -α g: slow; a reference for the others."""

    kind: Literal["sgd"] = Field(description="Δω = -α g.")


class MomentumOptimizer(Section):
    """Gradient descent with momentum, v = μ v - α g, Δω = v: rolls over small bumps."""

    kind: Literal["momentum"] = Field(description="v = μ v - α g, Δω = v.")
    momentum: Number = Field(
        0.9,
        gt=0,
        lt=1,
        description="μ. Many courses write v = μ v - (1 - μ) α g: the same with learning rate (1 - μ) α.",
    )
    nesterov: bool = Field(
        default=False, description="Whether to use Nesterov's look-ahead: Δω = μ v - α g, with the new v."
    )


class AdagradOptimizer(Section):
    """Steps that shrink with the sum of all squared gradients: for rare features."""

    kind: Literal["adagrad"] = Field(description="ν = ν₀ + Σ g², Δω = -α g / √(ν + ε).")
    initial_accumulator_value: Number = Field(
        0.1, ge=0, description="ν₀. Courses often take 0: the first step is then α for any gradient."
    )
    epsilon: Number = Field(
        1e-7,
        gt=0,
        description="ε. Courses often write α g / (√ν + ε): a different step only if √ν is not far above √ε.",
    )


class RMSpropOptimizer(Section):
    """Steps that shrink with the recent squared gradients."""

    kind: Literal["rmsprop"] = Field(description="ν = ρ ν + (1 - ρ) g² from ν = 0, Δω = -α g / √(ν + ε).")
    rho: Number = Field(0.9, gt=0, lt=1, description="ρ, often called β; the first step is α / √(1 - ρ).")
    epsilon: Number = Field(
        1e-7,
        gt=0,
        description="ε. Courses often write α g / (√ν + ε): a different step only if √ν is not far above √ε.",
    )


_EPSILON: Any = Field(
    1e-7,
    gt=0,
    description=(
        "ε, added to the root of the uncorrected ν, as before section 2.1 of arXiv:1412.6980. Its algorithm "
        "1, and courses, add it to the corrected root, where it would be ε / √(1 - β₂ᵗ)."
    ),
)


class _Moments(Section):
    beta_1: Number = Field(0.9, gt=0, lt=1, description="β₁ in m = β₁ m + (1 - β₁) g, sometimes called γ.")
    beta_2: Number = Field(0.999, gt=0, lt=1, description="β₂ in ν = β₂ ν + (1 - β₂) g², sometimes called β.")


class AdamOptimizer(_Moments):
    """RMSprop with momentum, both bias-corrected: try it first."""

    kind: Literal["adam"] = Field(
        description=(
            "Δω = -α √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√ν + ε); "
            "others: sgd, momentum, adagrad, rmsprop, adamw, nadam, lion."
        )
    )
    epsilon: Number = _EPSILON


class AdamWOptimizer(_Moments):
    """Adam with decoupled weight decay: L2 that works with Adam."""

    kind: Literal["adamw"] = Field(description="ω -> (1 - α λ) ω for every weight and bias, and Adam's step.")
    weight_decay: Number = Field(
        0.004, ge=0, description="λ. The paper's λ (arXiv:1711.05101) does not include α: it is the initial α λ."
    )
    epsilon: Number = _EPSILON


class NadamOptimizer(_Moments):
    """Adam with Nesterov's look-ahead."""

    kind: Literal["nadam"] = Field(
        description=(
            "Δω = -α (μ' m / (1 - Π μ') + (1 - μ) g / (1 - Π μ)) / (√(ν / (1 - β₂ᵗ)) + ε), with "
            "μ = β₁ (1 - ½ 0.96ᵗ), μ' that of the next step and products up to them. Dozat's paper has "
            "0.96^(t/250), and μ instead of β₁ in m."
        )
    )
    epsilon: Number = Field(1e-7, gt=0, description="ε, which keeps the step finite.")


class LionOptimizer(Section):
    """Steps of fixed size in the direction of a sign: needs a tenth of Adam's learning rate."""

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
