"""`derive`: the BPTT equations of a model, printed, evaluated and proven."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, overload

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import NOTATIONS, noted, said_apart
from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.styles import STYLES
from autograd_rnn.engine.checks import positive, string
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas import forms
from autograd_rnn.formulas.bound import Bound, bound
from autograd_rnn.formulas.closed import between, for_any_length
from autograd_rnn.formulas.derive import recursion, unrolling
from autograd_rnn.formulas.equations import Equations
from autograd_rnn.formulas.explained import differs, unexplained
from autograd_rnn.formulas.jacobian import forward_form, jacobian
from autograd_rnn.formulas.numbers import numbers
from autograd_rnn.formulas.paths import Paths, paths
from autograd_rnn.formulas.scalar import scalar_equations
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.unfolded import lengths as unrolled_lengths
from autograd_rnn.limits import at_most
from autograd_rnn.nets.cells import Gated
from autograd_rnn.nets.given import choose, size
from autograd_rnn.nets.model import Scored
from autograd_rnn.nets.progress import patient
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.specimen import specimen
from autograd_rnn.visible import class_of, shown

MOST = 250  # parameters of a net whose equations are read by each other's in some ten seconds

if TYPE_CHECKING:  # what checks and proves needs sympy: it is imported when it is first asked
    from autograd_rnn.formulas.checking.verdict import Verdict
    from autograd_rnn.formulas.proving.proof import Proof


class Derivation(System):
    """The adjoint equations of a model for general t, read off its own recorded backward sweep.

    ``recursion()`` lists them all, ``formula("W_hh")`` picks one, unrolled, expanded or truncated if asked; ``jacobian``, ``bound``,
    ``forward_form`` and ``paths`` are read off them; ``text()``, ``latex()`` and ``markdown()`` print them, ``verify()`` holds
    them against the tape at other lengths. Adjoints beyond the first or the last step are zero. Made by `derive`.
    """

    def __init__(self, model: Scored, run: Run | None = None):
        self.run = run
        vars(self).update(vars(recursion(specimen(model, *unrolling(model), like=run))))
        self.forward, self.equations = Equations(self.forward), Equations(self.equations)

    def recursion(self) -> Equations:
        """Every adjoint equation, in the order of the sweep: scores, states, gates, inputs, parameters, initial states."""
        return Equations(self.equations)

    def formula(
        self,
        name: str,
        form: str = "recursion",
        steps: int | tuple[int, ...] | str | None = None,
        window: int | None = None,
        chunk: int | None = None,
        notation: str = "names",
    ) -> Equations:
        """The equations of one gradient or adjoint, ``W_hh`` (or ``dW_hh``), ``h``, ``a_i``, with its boundary cases; ``h_2`` is one node.

        ``form``: ``recursion``; ``unrolled``, for each of ``steps`` steps (3; an encoder-decoder takes a pair), Σ written out;
        ``expanded``, substituted into itself: a sum of products of Jacobians, with ``steps="T"`` for any length; ``truncated``, with
        ``chunk=K``, the carry dropped after every K-th step, or ``window=w``, each loss reaching back w steps.
        ``notation="letters"``: U for a matrix on an input, W on a state, V what is read
        out; ``"concatenated"``: one matrix on a state and an input together, W [h, x].

        >>> derive(Model(RNN(2, 3), output_size=4)).formula("b_h", form="expanded", steps=2, notation="letters")
        db_h = diag(1 - h_1²) Vᵀ ds_1 + diag(1 - h_1²) Wᵀ diag(1 - h_2²) Vᵀ ds_2 + diag(1 - h_2²) Vᵀ ds_2
        """
        choose("notation", notation, NOTATIONS)
        if isinstance(steps, str):
            base, step = forms.named(self, name)
            if form != "expanded" or steps not in self.letters.values() or step is not None:
                raise ValueError(
                    f'steps={shown(steps)} stands for any length in form="expanded" of what is at every step: else a whole number'
                )
            return self._noted([for_any_length(self, base)], notation)
        if notation == "concatenated" and isinstance(name, str) and name not in self.roles:  # made of two, whose gradients are side by side
            whole = name.removeprefix("d")
            if parts := [own for own, (both, _) in self.halves.items() if both == whole]:
                return self._noted([q for own in parts for q in forms.formula(self, own, form, steps, window, chunk)], notation)
        return self._noted(forms.formula(self, name, form, steps, window, chunk), notation)

    def unrolled(self, steps: int | tuple[int, ...] = 3, notation: str = "names") -> Equations:
        """Every adjoint equation of a net of so many steps, in the order of the sweep."""
        return self._noted(forms.unrolled(self, steps), notation)

    def at(self, steps: int | tuple[int, ...] = 3, chunk: int | None = None) -> Derivation:
        """The derivation of a net of so many steps alone, every adjoint at its own step: what is checked against it is checked for that
        length. ``chunk=K``: truncated, the carry dropped after every K-th step.

        >>> d = derive(Model(RNN(2, 3), output_size=4))
        >>> d.check("dh[3] = W_hy.T @ ds[3]").equal, d.at(steps=3).check("dh[3] = W_hy.T @ ds[3]").equal
        (False, True)
        """
        twin = copy.copy(self)
        if chunk is not None:
            size("chunk", chunk)
        twin.equations, twin.beyond, twin.last = Equations(forms.unrolled(self, steps, chunk)), [], unrolled_lengths(self, steps)
        twin.chunk = chunk
        return twin

    def jacobian(
        self,
        of: str | None = None,
        by: str | None = None,
        t: int | str | None = None,
        k: int | str | None = None,
        notation: str = "names",
    ) -> Equations:
        """The state Jacobian, read off the recursion: one step for general t, or from step k to step t as a product, where these are
        numbers, or letters. ``of`` and ``by`` name states (``by``: the same); without names every block of every chain. With several
        states the others of step k are held fixed, which is what a product of blocks needs: ∂ instead of d. ``I`` is the identity.

        >>> derive(Model(RNN(2, 3), output_size=4)).jacobian("h")
        dh_t/dh_{t-1} = diag(1 - h_t²) W_hh
        >>> derive(Model(RNN(2, 3), output_size=4)).jacobian("h", t="t", k="k")
        dh_t/dh_k = Π_{j=k+1..t} diag(1 - h_j²) W_hh
        >>> derive(Model(LSTM(2, 3), output_size=4)).jacobian("h", "c")
        ∂h_t/∂c_{t-1} = diag(o_t ⊙ (1 - tanh(c_t)²) ⊙ f_t)
        """
        if isinstance(t, str) or isinstance(k, str):
            found = [between(self, jacobian(self, of, None, None, None)[0].left.of.name, t, k)]
            return self._noted(found, notation)
        return self._noted(jacobian(self, of, by, t, k), notation)

    def bound(self) -> Bound:
        """How fast gradients can vanish or explode with the model's current weights. Where the Jacobian is bounded, that bound, of
        several states together; of a gated one its direct path, the product of the gates; else which part of it no number bounds."""
        return bound(self)

    def forward_form(self, parameter: str, notation: str = "names") -> Equations:
        """Real-time recurrent learning: the total derivative of each state by a parameter, d, from the immediate one, ∂⁺, that holds the
        states before fixed, and the Jacobian times the total one before. A matrix counts as one vector, row after row.

        >>> derive(Model(RNN(2, 3), output_size=4)).forward_form("W_hh")
        dh_t/dW_hh = ∂⁺h_t/∂W_hh + diag(1 - h_t²) W_hh dh_{t-1}/dW_hh
        ∂⁺h_t/∂W_hh = diag(1 - h_t²) ⊗ h_{t-1}ᵀ
        """
        return self._noted(forward_form(self, parameter), notation)

    def paths(self, loss: str, node: str, steps: int | tuple[int, ...] = 3, limit: int = 20, run: Run | None = None) -> Paths:
        """Every path from a node, ``h_1``, or a parameter to the loss ``L``, through the quantities that the recursion names: its product
        of derivatives, and its share of the gradient on ``run`` (without one: on a random run of ``steps`` steps). At most ``limit`` are
        listed; ``total`` counts them all. Two that differ only in quantities without a name show the same nodes.

        >>> found = derive(Model(RNN(2, 3), output_size=4)).paths("L", "h_2")
        >>> print(*found, sep="; ")
        h_2 → s_2 → L_2; h_2 → a_3 → h_3 → s_3 → L_3
        >>> bool(np.allclose(np.sum([path.share for path in found], 0), found.gradient))
        True
        """
        return paths(self, loss, node, steps, limit, run)

    def _noted(self, equations: list[e.Equation], notation: str) -> Equations:
        return Equations(noted(equations, choose("notation", notation, NOTATIONS), self.by_letter, self.halves))

    def _apart(self, notation: str) -> str:
        """What the concatenated form leaves two, in a sentence."""
        return said_apart(self.forward, self.halves) if notation == "concatenated" else ""

    def boundary(self, style: str = "text") -> str:
        """Which adjoints beyond the ends count as zero, as a line."""
        choose("style", style, STYLES)
        return ", ".join(show(symbol, style) for symbol in self.beyond) + (" = 0" if self.beyond else "")

    def text(self, style: str = "text", notation: str = "names") -> str:
        """All equations, one a line, and the adjoints that are zero. ``style="ascii"``: in the language of the keyboard.
        ``notation="letters"``: U for a matrix on an input, W on a state, V what is read
        out; ``"concatenated"``: one matrix on a state and an input together, W [h, x]."""
        choose("style", style, STYLES)
        lines = [show(q, style) for q in self._noted(self.equations, notation)]
        note = self._apart(notation)
        return "\n".join(
            [*lines, *[self.boundary(style)] * bool(self.beyond), *[f"{'%' if style == 'latex' else '#'} {note}"] * bool(note)]
        )

    def latex(self, notation: str = "names") -> str:
        """All equations as one LaTeX ``align*``."""
        lines = [show(q, "latex").replace(" = ", " &= ", 1) for q in self._noted(self.equations, notation)]
        if self.beyond:
            lines.append("&" + self.boundary("latex"))
        note = self._apart(notation)
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}" + f"\n% {note}" * bool(note)

    def markdown(self, notation: str = "names") -> str:
        """The forward equations and the derived ones, as a Markdown page with LaTeX."""
        forward = "\n\n".join(f"$${show(equation, 'latex')}$$" for equation in self._noted(self.forward, notation))
        return f"## Forward\n\n{forward}\n\n## Backward\n\n$$\n{self.latex(notation)}\n$$\n"

    def check(self, text: str) -> Verdict:
        """Whether a person's formula, or a system of them, one a line, is right, for all lengths and sizes; if not, where it is wrong and
        the likely mistake. What is neither proven nor refuted is "not decided", and counts as not equal.

        >>> derive(Model(RNN(2, 3), output_size=4)).check("da[t] = (1 - h[t]) * dh[t]")
        not equal
          The square is missing: the derivative of tanh is `1 - h[t]**2`
          The derived equation is `da[t] = dh[t] * (1 - h[t]**2)`
          For example with T=1, H=1, D=1, K=2: da[1] is 0.451489, this gives 0.276115
        """
        from autograd_rnn.formulas.checking.check import check
        from autograd_rnn.formulas.checking.voice import voiced

        return voiced(self, string("a formula", text), check(self, text))

    def verify(self, steps: int = 5, tolerance: float = 1e-12) -> Proof:
        """Prove the equations on another random sequence, of any length: tape = sympy (50 digits) = complex step = the derived equations,
        to 50 digits the derived recursion = sympy's derivative, and modulo 2^61 - 1 exactly. See `Proof`.

        >>> derive(Model(LSTM(2, 3), output_size=4)).verify(steps=9).ok
        True
        """
        from autograd_rnn.formulas.proving.proof import prove

        return prove(self, size("steps", steps), positive("tolerance", tolerance))

    def numbers(self, run: Run | None = None) -> str:
        """Every adjoint and gradient of one run, evaluated from the equations, as a table beside the tape's: of the run given, or of the
        one that was derived. Where its last backward sweep was truncated in chunks, those of that sweep.

        >>> run = Model(RNN(1, 1), output_size=2).unroll(np.ones((2, 1)), y=[0, 1])
        >>> derive(run).numbers().splitlines()[0].split()
        ['adjoint', 'value', 'derived', '-', 'tape']
        """
        return numbers(self, run if run is not None else self.run, self.at)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<derivation of {self.model!r}: {len(self.equations)} equations>"


@overload
def derive(model: Tensor, steps: None = None) -> Equations: ...


@overload
def derive(model: Scored | Run, steps: None = None) -> Derivation: ...


@overload
def derive(model: Scored | Run, steps: int | tuple[int, ...]) -> Equations: ...


@patient("deriving the equations")
def derive(model: Tensor | Scored | Run, steps: int | tuple[int, ...] | None = None) -> Derivation | Equations:
    """The BPTT equations of a model for general t, read off its recorded backward sweep: nothing is typed in, so that a cell of your own
    derives as well as ours. See `Derivation`. With ``steps``: `Equations` for that many steps, one by one. Of a run: the derivation
    of what ran, with its ``numbers()``; a tensor that stands in two places is one parameter. Of any other scalar tensor: the `Equations`
    of its variables' and named tensors' adjoints. An own cell's name that would print like another thing's has the class's name after
    it, in print and in `check`: ``s_mycell`` beside the scores s.

    Raises TypeError for what is no model, ValueError for a fused cell (derive it unfused: the equations are the same), an operation
    that has no reading, or a run that no such equations explain (others at each step, a first state computed from parameters). Of a batch
    the equations are those of one sequence, and M is what the mean over all of it divides by: their losses' number, or sum of weights. A
    parameter that is computed from others (``W_hy`` is ``W_hh.T``) has that for a forward equation, and their gradients its terms.

    >>> print(derive(Model(RNN(2, 3), output_size=4)))
    ds_t = p_t - onehot(y_t)
    dh_t = W_hyᵀ ds_t + W_hhᵀ da_{t+1}
    da_t = dh_t ⊙ (1 - h_t²)
    dx_t = W_xhᵀ da_t
    dW_xh = Σ_t da_t x_tᵀ
    dW_hh = Σ_t da_t h_{t-1}ᵀ
    db_h = Σ_t da_t
    dW_hy = Σ_t ds_t h_tᵀ
    db_y = Σ_t ds_t
    dh_0 = W_hhᵀ da_1
    da_{T+1} = 0
    """
    if isinstance(model, Tensor):
        return Equations(*scalar_equations(model))
    run = model if isinstance(model, Run) else None
    model = run.model if run is not None else model
    if not isinstance(model, Scored):
        remedy = "unroll a Model, not a bare cell" if run is not None else "write Model(cell, output_size=...)"
        what = "a run without a readout" if run is not None else class_of(model)
        raise TypeError(f"derive takes a Model, an EncoderDecoder, a run of one or a scalar tensor, not {what}: {remedy}")
    for cell in model.cells:
        if isinstance(cell, Gated) and cell.fused:
            raise ValueError(f"{cell!r} is fused: derive it with fused=False, its equations are the same")
    if run is not None and not all(len(unrolled.xs) for unrolled in run.unrolled):
        raise ValueError("there is nothing to derive in a run of T=0 steps: unroll over at least one")
    at_most("derive: parameters of the net", len(model.parameters), MOST)
    if run is not None and (reason := unexplained(run)):
        raise ValueError(reason)
    found = Derivation(model, run)
    if run is not None and (reason := differs(found, run)):
        raise ValueError(reason)
    return found if steps is None else found.unrolled(steps)
