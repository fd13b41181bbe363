"""Parameters by name: as a net shows its own, and as a run takes others in their place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_rnn.engine import Tape, Tensor
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.tensor import constant
from autograd_rnn.nets.given import array_of
from autograd_rnn.visible import class_of, shown


class MissingParameter(KeyError):
    """A KeyError that prints as the sentence that it is."""

    def __str__(self) -> str:
        return str(self.args[0])


class ByName(Mapping[str, Tensor]):
    """Tensors by name, to be read: what a net is made of stays, and takes new numbers by ``assign``. A parameter that is printed by another
    name than its cell's, as ``spelled`` says, answers to that too, where it is one of them only.

    >>> parameters = RNN(2, 3).parameters
    >>> parameters["b_h"] = np.ones(3)
    Traceback (most recent call last):
    TypeError: parameters are not set: parameters['b_h'].assign(array) gives new numbers, unroll(..., parameters=...) others to one run
    """

    __slots__ = ("_spelled", "_tensors")

    def __init__(self, tensors: Mapping[str, Tensor], spelled: Iterable[tuple[str, str]] = ()):
        self._tensors = dict(tensors)
        self._spelled = tuple(dict.fromkeys(pair for pair in spelled if pair[1] in self._tensors))  # (the cell's own name, the printed one)

    def __getitem__(self, name: str) -> Tensor:
        if isinstance(name, str) and name in self._tensors:
            return self._tensors[name]
        meant = [printed for own, printed in self._spelled if isinstance(name, str) and own == name]
        if len(meant) == 1:
            return self._tensors[meant[0]]
        said = f"{' and '.join(meant)} are called so: take one of them" if meant else f"it has {', '.join(self._tensors)}"
        raise MissingParameter(f"no parameter {shown(name)}: {said}")

    @property
    def spelled(self) -> tuple[tuple[str, str], ...]:
        """The cells' own names of what is printed by another, (own, printed)."""
        return self._spelled

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}

    def __repr__(self) -> str:
        return repr(self._tensors)

    def _refuse(self, *given: Any, **more: Any) -> Any:
        name = given[0] if given and isinstance(given[0], str) and given[0] in self._tensors else next(iter(self._tensors), "W_hh")
        remedy = f"parameters[{shown(name)}].assign(array) gives new numbers, unroll(..., parameters=...) others to one run"
        raise TypeError(f"parameters are not set: {remedy}")

    __setitem__ = __delitem__ = pop = popitem = clear = setdefault = update = __ior__ = _refuse


class Parameters(SimpleNamespace):
    """A cell's parameters as `step` takes them: ``p.W_xh``."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no parameter {shown(name)}: shapes() has {', '.join(vars(self))}")


def distinct(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each tensor once, of several names by the one that is its own, else by the first: a tied weight is one parameter."""
    names: dict[Tensor, str] = {}
    for name, value in parameters.items():
        if value not in names or value.name == name:
            names[value] = name
    return {name: value for name, value in parameters.items() if names[value] == name}


def aliases(parameters: Mapping[str, Tensor]) -> dict[str, str]:
    """The other names of tied weights, each with the one that `distinct` gives: {"W_hy": "W_hh"}."""
    names = {value: name for name, value in distinct(parameters).items()}
    return {name: names[value] for name, value in parameters.items() if names[value] != name}


def computed(parameters: Mapping[str, Tensor]) -> dict[Tensor, set[Tensor]]:
    """The parameters that an operation ties to others, or to the net's own one in its place: each with the variables that it is computed
    from."""
    own = set(parameters.values())
    sources: dict[Tensor, set[Tensor]] = {}
    tied: set[Tensor] = set()  # computed from a parameter
    for node in Tape.of(*own):
        inputs = [x for x in node.inputs if isinstance(x, Tensor)]
        sources[node] = {node} if node.op is VARIABLE else set().union(*(sources[x] for x in inputs))
        if not (own | tied).isdisjoint(inputs) or any(x.op is VARIABLE and x.label in parameters for x in inputs):
            tied.add(node)
    return {value: sources[value] for value in own & tied}


def of_one_name(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Every parameter of a net that ran, by one name: the `distinct` ones, and the further variables that tied ones are computed from. One
    that the run has another in place of is its net's own: ``W_hy_own`` in ``W_hy = 0.5 W_hh + 0.5 W_hy_own``."""
    found = distinct(parameters)
    more = {x for sources in computed(parameters).values() for x in sources}.difference(found.values())
    return found | {f"{x.label}_own" if x.label in parameters else str(x.label): x for x in sorted(more, key=lambda x: x.id)}


class Given:
    """What one part of a net (a cell, the readout) runs with: its own parameters, others given by name, or by a function of t.
    ``first``: the names of first states, which belong to no step; ``printed``: what the part calls its parameters in print, where that
    is not by the same names. ``used`` holds, by step, those that ran."""

    def __init__(
        self,
        part: str,
        own: Mapping[str, Tensor],
        tag: str,
        given: Any = None,
        first: Collection[str] = (),
        printed: Mapping[str, str] | None = None,
    ):
        self.part, self.own, self.tag, self.given, self.states, self.printed = part, own, tag, given, first, printed or {}
        self.function = given if callable(given) else None
        self.fixed = None if callable(given) else Parameters(**own) if given is None else self._checked(given, own)
        self.used: dict[int, Parameters] = {}

    def _checked(self, given: Any, needed: Any) -> Parameters:
        """Tensors by name out of a mapping or a namespace, plain numbers as constants; a ValueError for a name too many or too few."""
        what = f"parameters[{shown(self.part)}]"
        values = dict(given) if isinstance(given, Mapping) else vars(given) if hasattr(given, "__dict__") else None
        if values is None:
            raise TypeError(f"{what} holds parameters by name, or is a function of t that gives them, not {class_of(given)}")
        missing, unknown = [n for n in needed if n not in values], [n for n in values if n not in self.own]
        if missing or unknown:
            faults = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has no place for {', '.join(map(str, unknown))}"] * bool(unknown)
            raise ValueError(f"{what} {' and '.join(faults)}: it takes {', '.join(self.own)}, all of them, by these names")
        return Parameters(**{name: self._tensor(name, values[name]) for name in self.own if name in values})

    def _tensor(self, name: str, value: Any) -> Tensor:
        """A tensor as it is, by that name if it has none; numbers as a constant in the dtype of what they stand for."""
        own = self.own[name]
        if not isinstance(value, Tensor):
            array = array_of(value, name)
            if array.dtype.kind not in "biufc":
                raise TypeError(f"parameters[{self.part!r}]: {name} holds {array.dtype}, not numbers")
            value = constant(array.astype(np.result_type(array, own.dtype) if array.dtype.kind == "c" else own.dtype))
        if value.shape != own.shape:
            raise ValueError(f"parameters[{shown(self.part)}]: {name} has shape {value.shape}, but {own.shape} is needed")
        if value.label is None:  # so that it is W_hh on tapes, on pictures and in errors
            value.name = self.printed.get(name, name) if value.scope.tag == self.tag else self._full(name)
        return value

    def _full(self, name: str) -> str:
        """A parameter as it is printed in the whole net."""
        return full_name(self.printed.get(name, name), self.tag, None)

    def at(self, t: int) -> Parameters:
        """The parameters of step t."""
        now = self.fixed
        if self.function is not None:
            now = self._checked(self.function(t), [name for name in self.own if name not in self.states])
            if others := [name for name, value in vars(now).items() if name in self.states and value is not self.own[name]]:
                raise ValueError(f"a function of t gives no first state, and {others[0]} is one: give h0=")
        assert now is not None
        self.used[t] = now
        return now

    def first(self, name: str) -> Tensor:
        """A learned first state."""
        return self.own[name] if self.fixed is None else vars(self.fixed)[name]

    def ran(self) -> dict[str, Tensor]:
        """By full name the tensors that ran: one, or one a step (``W_hh_3``) where a function gave others each time."""
        found: dict[str, Tensor] = {}
        for name, own in self.own.items():
            full = self._full(name)
            if self.fixed is not None or not self.used or name in self.states:
                found[full] = own if self.fixed is None else vars(self.fixed)[name]
                continue
            steps = {t: vars(self.used[t])[name] for t in sorted(self.used)}
            tied = len(set(steps.values())) == 1
            found |= {full: next(iter(steps.values()))} if tied else {f"{full}_{t}": value for t, value in steps.items()}
        return found

    @property
    def spelled(self) -> list[tuple[str, str]]:
        """Every parameter's name in its part and in print."""
        return [(name, self._full(name)) for name in self.own]

    @property
    def kept(self) -> Any:
        """What was given, as it ran: parameters by name, or the function of t where they are not the same at every step."""
        ran, names = self.ran(), [self._full(name) for name in self.own]
        return dict(zip(self.own, ran.values(), strict=True)) if list(ran) == names else self.function
