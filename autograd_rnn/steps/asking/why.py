"""Why a step holds: its rule in a sentence, and the small proof with indices."""

from __future__ import annotations

from typing import NamedTuple

from autograd_rnn.algebra.elementwise import elementwise
from autograd_rnn.algebra.expr import symbols
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.steps.asking.proofs import lines_of
from autograd_rnn.steps.step import Step, Written
from autograd_rnn.steps.subject import Subject
from autograd_rnn.steps.walks.indexed import several
from autograd_rnn.steps.walks.swept import Event, Sweep
from autograd_rnn.steps.walks.vjps import sign_of

MOST = 5  # vjps that a proof of a whole equation shows
SOME = 6  # names that a sentence lists


class Why(NamedTuple):
    """A rule in words, and its proof, one equation a line."""

    sentence: str
    proof: tuple[Written, ...]

    def __str__(self) -> str:
        return "\n".join([self.sentence, *(f"    {line}" for part in self.proof for line in part.text.splitlines())])

    def __repr__(self) -> str:
        return str(self)


def why(subject: Subject, step: Step) -> Why:
    """The rule and the proof of any step."""
    if step.level == "component":
        assert step.parent is not None
        step = subject.walk("op").step(step.parent)
    if step.level == "op":
        return _of_event(subject.sweep, subject.sweep.events[step.number - 1], step)
    if step.kind == "forward":
        return Why(f"{step.name} is computed on the way forward. {_needed(subject, step)}", (step.after,))
    note, shown = "", step
    if step.level == "recursion":
        children = subject.walk("unrolled").children.get(step.number, [])
        if not children:
            return Why(f"{step.rule}: the same rule as for every other quantity; this run computes none of these adjoints.", (step.after,))
        fullest = max(children, key=lambda number: len(list(symbols(subject.unrolling.equations[number - 1].right))))
        shown = subject.walk("unrolled").step(fullest)
        note = "" if shown.t is None else f" Shown at t={shown.t}; it is the same at every step."
    events = [subject.sweep.events[k - 1] for k in subject.walk("op").children.get(shown.number, ())]
    events = [event for event in events if event.kind != "forward"]
    sentence = _sentence(subject.sweep, shown, events)
    proof: list[Written] = []
    for event in [event for event in events if event.kind == "vjp"][:MOST]:
        lines = lines_of(subject.sweep, event)
        nameless = event.user in subject.names.nameless
        proof += [*lines[:nameless], lines[1], lines[3]]  # what has no name is first said what it is
    return Why(sentence + note, (*dict.fromkeys(proof), step.after))


def _of_event(sweep: Sweep, event: Event, step: Step) -> Why:
    """Why one vjp, one sum, one cut."""
    if event.kind == "vjp":
        return Why(_vjp(sweep, event) + _shares(sweep, event), tuple(dict.fromkeys([*lines_of(sweep, event), step.after])))
    proof = (*several(sweep, event), step.after) if event.kind == "accumulate" else (step.after,)
    return Why(_sentence(sweep, step, [event]), proof)


def _sentence(sweep: Sweep, step: Step, events: list[Event]) -> str:
    """A whole equation's rule in a sentence or two."""
    name = step.name.removeprefix("d") if step.kind != "forward" else step.name
    end = sweep.names.shown(sweep.root)
    match step.kind:
        case "forward":
            return f"{name} is computed on the way forward."
        case "seed":
            return f"{end} changes by as much as {end} changes: d{end}/d{end} = 1. The way back starts here."
        case "accumulate":
            count = sum(event.kind == "vjp" and sweep.names.name(event.node) == step.node for event in events) or len(step.depends)
            return (f"A small change of {name} reaches {end} by {count} ways at once, and small changes add up: "
                    f"its adjoint is the sum of what each use hands back.")  # fmt: skip
        case "sum over time":
            return (f"{name} is one and the same at every step. Think of a copy of it for each step, all equal: "
                    f"moving {name} moves all copies, so that its gradient is the sum of the copies' gradients.")  # fmt: skip
        case "truncate":
            return (f"Truncated BPTT treats the state as a constant here: {step.rule.partition(': ')[2]}. "
                    f"What comes out is no longer the gradient of {end} but that of {end} with this edge cut.")  # fmt: skip
    used = [event for event in events if event.kind == "vjp"]
    return " ".join(dict.fromkeys(_vjp(sweep, event) for event in used[:MOST])) or f"{step.rule[:1].upper()}{step.rule[1:]}."


def _needed(subject: Subject, step: Step) -> str:
    """Where the way back needs a value of the way forward: in which equations it stands."""
    if step.level == "recursion":
        users = [show(q.left) for q in subject.derivation.equations if any(x.name == step.node and not x.adjoint for x in symbols(q.right))]
    else:
        own = subject.unrolling.equations[step.number - 1].left
        users = [show(q.left) for q in subject.unrolling.backward if own in set(symbols(q.right))]
    users = list(dict.fromkeys(users))
    if not users:
        return "The way back does not need its value."
    more = f" and {len(users) - SOME} more" if len(users) > SOME else ""
    return f"It is kept, because the way back needs it: for {', '.join(users[:SOME])}{more}."


def _shares(sweep: Sweep, event: Event) -> str:
    """Said of one share of several: where the others are, and their sum."""
    if sweep.alone(event):
        return ""
    steps = sweep.terms[event.node]
    told = f"steps {', '.join(map(str, steps[:SOME]))}{', ...' * (len(steps) > SOME)}"
    adjoint = f"d{sweep.names.shown(event.node)}"
    return f" This is one of the {len(steps)} shares of {adjoint} ({told}); step {sweep.settled[event.node]} adds them up."


def _vjp(sweep: Sweep, event: Event) -> str:
    """One vjp's rule in a sentence or two: where its transpose, its ⊙ or its sum comes from."""
    assert event.user is not None and event.user.op is not None
    user, op, x = event.user, event.user.op, sweep.names.shown(event.node)
    y, k, sign = sweep.names.shown(user), event.position, sign_of(user)
    if op.why:
        return op.why.format(x=x, y=y)
    if op.name == "linear" and k % 2:
        W = sweep.names.shown(user.inputs[k - 1])
        return (f"Forward, {y} takes row i of {W} for its component i. Backward, component j of {x} met column j of {W}, once in every "
                f"component of {y}: a sum down a column of {W} is a row of its transpose.")  # fmt: skip
    if op.name == "linear" and k < len(user.inputs) - 1:
        beside = sweep.names.shown(user.inputs[k + 1]) if isinstance(user.inputs[k + 1], Tensor) else "its vector"
        return (f"The entry (i, j) of {x} stands in component i of {y} only, and is multiplied there by component j of {beside}: "
                f"one adjoint times one component for each pair is an outer product.")  # fmt: skip
    if op.name == "linear":
        return f"{x} is added to {y}, component by component: its local Jacobian is the identity."
    if elementwise(op, user.options):
        if not user.ndim:
            return f"One number from another: the adjoint of {y} times the derivative of {sign}."
        repeated = f" {x} was repeated to fit, and its copies' adjoints are summed." if event.node.shape != user.shape else ""
        return (f"Component i of {y} depends on component i of {x} alone: the Jacobian of {sign} is a diagonal matrix, "
                f"and diag(v) times a vector is ⊙ with v.{repeated}")  # fmt: skip
    if op.kind == "multiplies":
        return f"Each component of {y} is a sum of products: what stood beside {x} is the factor of its adjoint, summed over the rest."
    if op.kind == "moves":
        return f"{sign[:1].upper()}{sign[1:]} only moves numbers: each adjoint goes back the way its number came."
    return f"The chain rule through {sign}, by the rule that the operation declares."
