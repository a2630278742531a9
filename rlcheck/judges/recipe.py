"""How a case is made, and the token that makes the same one again."""

import base64
import json
import zlib
from dataclasses import asdict, dataclass, replace
from functools import partial

import torch
from torch import Tensor

from rlcheck import exact
from rlcheck.claims import Form
from rlcheck.errors import InvalidArgument
from rlcheck.judges.brought import behaviour, observed, tables_of
from rlcheck.judges.case import Case
from rlcheck.judges.chooser import Chooser, replayed, seeded
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.gaussian_case import make_gaussian_case
from rlcheck.judges.network_case import make_network_case
from rlcheck.judges.recurrent_cases import make_recurrent_case
from rlcheck.judges.worlds import FULL, Size, policies, steep_policy, world
from rlcheck.subjects.own import BroughtNetworks
from rlcheck.subjects.recurrent import RecurrentNetworks
from rlcheck.worlds import TabularMDP


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides a case.

    Attributes:
        form: how batches are drawn.
        size: how large the world is.
        off_policy: whether the policy has moved away from the one that sampled.
        exact_critic: whether the critic is the behaviour policy's true value.
        listed: whether all rollouts are to be listed, and not some sampled.
        shared_critic: whether the value function under training is that critic.
        settings: gamma and the rest.
        limit: whether truncations may lie in the middle of a segment.
        n_rollouts: rollouts in a sampled batch.
        seed: of the numbers and of the sampled batch.
        choices: the numbers themselves, where they are known; they overrule the seed.
        actions: "discrete" or "continuous".
        action_values: whether there are networks of action values, under training and as a target.
    """

    form: Form
    size: Size = FULL
    off_policy: bool = False
    exact_critic: bool = False
    listed: bool = False
    shared_critic: bool = False
    settings: tuple[tuple[str, float], ...] = ()
    limit: bool = False
    n_rollouts: int = 6
    seed: int = 0
    choices: tuple[int, ...] | None = None
    actions: str = "discrete"
    action_values: bool = False

    @property
    def token(self) -> str:
        """A replay token: short, safe in a shell, the same numbers again."""
        fields = asdict(self)
        if not self.action_values:
            # Lines that were printed before there were action values stay as they are.
            del fields["action_values"]
        packed = zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 9)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def from_token(cls, token: str) -> "Recipe":
        """The recipe of a token.

        Raises:
            InvalidArgument: it is no token, or it was cut.
        """
        try:
            padded = token + "=" * (-len(token) % 4)
            fields = json.loads(zlib.decompress(base64.urlsafe_b64decode(padded)))
            fields["size"] = Size(**fields["size"])
            fields["settings"] = tuple((k, float(v)) for k, v in fields["settings"])
            fields["choices"] = tuple(fields["choices"])
            return cls(**fields)
        except (ValueError, KeyError, TypeError, zlib.error) as error:
            raise InvalidArgument.of(
                "replay", token, "it is no replay token", "the whole token as a report printed it"
            ) from error


def make_case(
    recipe: Recipe,
    chooser: Chooser | None = None,
    own: BroughtNetworks | RecurrentNetworks | None = None,
) -> AnyCase:
    """The case of a recipe: by its choices, else by the chooser given, else by its seed.

    Args:
        recipe: what is to be made.
        chooser: where its numbers come from.
        own: the implementation's networks, around which it is made.
    """
    if recipe.form in ("carried", "carried-ragged"):
        assert own is None or isinstance(own, RecurrentNetworks), "refused at the door"
        return make_recurrent_case(recipe, _numbers_of(recipe, chooser), own)
    assert not isinstance(own, RecurrentNetworks), "refused at the door"
    if recipe.actions == "continuous":
        chooser = _numbers_of(recipe, chooser)
        if own is None:
            return make_gaussian_case(recipe, chooser)
        return make_network_case(recipe, chooser, own)
    return make_tabular_case(recipe, chooser, own)


def make_tabular_case(
    recipe: Recipe, chooser: Chooser | None = None, own: BroughtNetworks | None = None
) -> Case:
    """`make_case` with discrete actions."""
    chooser = _numbers_of(recipe, chooser)
    settings = dict(recipe.settings)
    found, base = world(
        recipe.form, recipe.size, settings.get("gamma", 0.75), chooser, recipe.limit
    )
    made = _own_tables if own is None else partial(_brought_tables, own)
    found, logits, logits_old, values, critic = made(recipe, found, chooser)
    # A sixty-fourth off the ends of every range that a value may be clipped to: no kink is met.
    values_old = values + _numbers(found.n_states, chooser) / 8 + 1 / 64
    q_values = target_q_values = None
    if recipe.action_values and own is None:
        q_values, target_q_values = (_action_values(found, chooser) for _ in range(2))
    # One row more than an enumeration needs: ends then lie in the middle of every segment.
    length = recipe.size.horizon + int(not recipe.listed)
    return Case(
        world=found,
        base=base,
        own=own,
        form=recipe.form,
        length=length if recipe.form == "segments" else None,
        logits=logits if recipe.off_policy else logits_old,
        logits_old=logits_old,
        values=values,
        critic=critic,
        values_old=values_old,
        q_values=q_values,
        target_q_values=target_q_values,
        settings=settings,
        n_rollouts=recipe.n_rollouts,
        seed=recipe.seed,
        recipe=replace(recipe, choices=tuple(chooser.taken)),
    )


Tables = tuple[TabularMDP, Tensor, Tensor, Tensor, Tensor]
"""World, logits, logits of the behaviour policy, values under training, the critic."""


def _own_tables(recipe: Recipe, found: TabularMDP, chooser: Chooser) -> Tables:
    """Policies and values for rlcheck's own networks."""
    if "max_kl" in dict(recipe.settings):
        logits_old = logits = steep_policy(found.n_states, found.n_actions, chooser)
    else:
        logits_old, logits = policies(found.n_states, found.n_actions, chooser, _near(recipe))
    critic = _critic(found, logits_old, chooser, recipe.exact_critic)
    offset = _numbers(found.n_states, chooser) / 4
    values = critic if recipe.shared_critic else critic + offset
    return found, logits, logits_old, values, critic


def _brought_tables(
    own: BroughtNetworks, recipe: Recipe, found: TabularMDP, chooser: Chooser
) -> Tables:
    """Policies and values of networks that the implementation brought, and a world to see."""
    found = observed(found, own.obs_dim)
    logits, values = tables_of(own, found)
    logits_old = logits
    if recipe.off_policy:
        logits_old = behaviour(logits, _near(recipe), dict(recipe.settings).get("clip_eps"))
    critic = _critic(found, logits_old, chooser, recipe.exact_critic)
    return found, logits, logits_old, values, values if recipe.shared_critic else critic


def _near(recipe: Recipe) -> bool:
    """Whether ratios are to lie close to the ends of the clip range: in one form they do."""
    return recipe.off_policy and recipe.form == "delayed"


def _numbers_of(recipe: Recipe, chooser: Chooser | None) -> Chooser:
    if recipe.choices is not None:
        return replayed(recipe.choices)
    return chooser or seeded((recipe.form, recipe.size, recipe.seed, recipe.exact_critic))


def _critic(found: TabularMDP, logits_old: Tensor, chooser: Chooser, exact_critic: bool) -> Tensor:
    numbers = _numbers(found.n_states, chooser)
    if not exact_critic:
        return numbers
    truth = exact.state_values(found, logits_old.softmax(-1))
    # V of a terminal state is never to be used: whoever uses it shall be seen.
    return torch.where(found.terminal, numbers, truth)


def _action_values(found: TabularMDP, chooser: Chooser) -> Tensor:
    """A table [S, A] in which no two actions of a state are worth the same: no kink of max is met.

    Terminal states have a row of their own: whoever uses it shall be seen.
    """
    numbers = _numbers(found.n_states * found.n_actions, chooser)
    # Less than the numbers lie apart, and more than float32 rounds away.
    apart = torch.arange(found.n_actions, dtype=torch.float64) / 64
    return numbers.reshape(found.n_states, found.n_actions) + apart


def _numbers(count: int, chooser: Chooser) -> Tensor:
    return torch.tensor([chooser.number() for _ in range(count)], dtype=torch.float64)
