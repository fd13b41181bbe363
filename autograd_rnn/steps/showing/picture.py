"""Where a step is, as a line of text: the chain of states, or the tensors that the sweep passes, with "you are here"."""

from __future__ import annotations

from autograd_rnn.engine.naming import full_name
from autograd_rnn.nets.letters import shown_states
from autograd_rnn.steps.step import Step
from autograd_rnn.steps.subject import Subject

SHOWN = 9  # nodes on the line; of a longer chain the ends and the neighbours


def picture(subject: Subject, step: Step) -> list[str]:
    """The line, and below it the pointer."""
    nodes, here = chain(subject, step)
    if not nodes:
        return []
    shown = kept(len(nodes), here)
    words, last, pointer = [], -1, ""
    for k in shown:
        if k > last + 1:
            words.append("…")
        if k == here:
            pointer = " " * (len(" → ".join(words)) + 3 * bool(words) + (len(nodes[k]) + 1) // 2)
            words.append(f"[{nodes[k]}]")
        else:
            words.append(nodes[k])
        last = k
    line = " → ".join(words)
    if here is None:
        return [line, f"at every step: {step.name}" if step.t is None else f"beside it: {step.name}"]
    return [line, f"{pointer}▲ you are here: {step.name}"]


def chain(subject: Subject, step: Step) -> tuple[list[str], int | None]:
    """The names on the line in the order in which they were computed, and which of them the step is at."""
    run = subject.run
    if run is None:
        nodes = [subject.names.name(node) for node in reversed(subject.sweep.adjoints)]
        return nodes, nodes.index(step.node) if step.node in nodes else None
    parts = [chain for chain in run.chains if chain.cell.tag == step.tag]
    if not parts:
        top = run.unrolled[-1].layers[-1][0]
        parts = [top]
    found = parts[0]
    label = shown_states(found.cell)[0]
    times = range(found.start, found.start + len(found.steps))
    order = list(reversed(times)) if found.reverse else list(times)
    outside = order[0] + (1 if found.reverse else -1)
    first = [full_name(label, found.cell.tag, outside)] if label in found.first else []
    nodes = [*first, *(full_name(label, found.cell.tag, t) for t in order)]
    here = len(first) + order.index(step.t) if step.t is not None and step.t in times else 0 if first and step.t == outside else None
    return nodes, here


def kept(count: int, here: int | None) -> list[int]:
    """The places shown: all of a short chain, else two at each end and the neighbours of the current one."""
    if count <= SHOWN:
        return list(range(count))
    middle: set[int] = set() if here is None else {here - 1, here, here + 1}
    return sorted(k for k in {0, 1, count - 2, count - 1} | middle if 0 <= k < count)
