"""A run read as a scene: its inputs, each chain of each layer step by step, its scores and losses."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_rnn.drawing.block.feeding import fed, targets_of
from autograd_rnn.drawing.block.groups import joined, standing_for
from autograd_rnn.drawing.block.scene import SHOWN, Edge, Scene, at, left_out, listed, said_left_out
from autograd_rnn.drawing.figure import Symbol, quantity
from autograd_rnn.engine import Tensor
from autograd_rnn.engine.naming import name_of
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.letters import by_lane, main_state, shown_states, weighed
from autograd_rnn.nets.parameters import aliases, computed
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.standing import BEFORE
from autograd_rnn.nets.unrolling import Chain, Series, Unrolled

LETTERS = {"input": "U", "recurrent": "W", "readout": "V"}
PARTS = ("encoder", "decoder")


def unfold(
    run: Run, elide: bool | None = None, notation: str = "names", labels: Sequence[str] | None = None, targets: bool = False
) -> Scene:
    """The scene of a run. Every arrow is drawn once for each step shown. ``targets``: what each loss compares with, too."""
    scene = Scene(" and ".join(f"{u.net!r} unrolled over {len(u.xs)} step{'s' * (len(u.xs) != 1)}" for u in run.unrolled))
    texts, column, row = iter(labels or ()), 1, 0
    owner: dict[Tensor, str] = {}
    lanes: dict[Tensor, int] = {}
    parts = [_Part(scene, owner, lanes, u, k, elide, notation) for k, u in enumerate(run.unrolled)]
    for part in parts[: 0 if len(parts) == 1 else None]:
        part.tag = PARTS[part.part][:3]
    for part in parts:
        part.start(column, [next(texts, "") for _ in part.unrolled.xs])
        column, row = part.end, max(row, part.rows)
    parts[-1].read_out(run, row + 1, targets)
    parts[-1].feed(run, targets)
    inputs = {tensor: node for part in parts for tensor, node in part.inputs.items()}  # where the last answer is read it is a score, too
    owner |= joined(scene, owner)
    for tensor, node in (*inputs.items(), *owner.items()):
        if scene.nodes[node].kind != "gap":
            scene.tensors.setdefault(node, []).append(tensor)
    scene.edges = standing_for(scene, inputs | owner, lanes, inputs)
    if any(node.kind == "join" for node in scene.nodes.values()):
        scene.notes.insert(0, ("dots: the states of both directions, side by side",))
    for alias, name in aliases(run.parameters).items():
        scene.note(quantity(alias), " is ", quantity(name), ", one weight in two places")
    for value, sources in computed(run.parameters).items():
        names = [part for name in sorted(str(x.name) for x in sources) for part in (", ", quantity(name))]
        scene.note(quantity(str(value.name)), " is computed from ", *names[1:])
    if any(map(callable, run.replaced.values())):
        scene.note("the weights are others at each step")
    return scene


class _Part:
    """One unrolled net of the run: the whole of it, or the encoder, or the decoder."""

    def __init__(
        self,
        scene: Scene,
        owner: dict[Tensor, str],
        lanes: dict[Tensor, int],
        unrolled: Unrolled,
        part: int,
        elide: bool | None,
        notation: str,
    ) -> None:
        self.scene, self.unrolled, self.notation = scene, unrolled, notation
        self.owner, self.lanes = owner, lanes  # of each tensor: its node; of each state: its line
        self.part, self.tag = part, ""
        self.weighed = {chain.cell: weighed(chain.cell) for chain in unrolled.chains}
        self.times = list(range(unrolled.start, unrolled.start + len(unrolled.xs)))
        self.left_out = left_out(self.times, elide)
        self.shown: list[int | None] = [t for t in self.times if t not in self.left_out]
        if self.left_out:
            self.shown.insert(SHOWN, None)

    def start(self, column: int, texts: list[str]) -> None:
        """Draw the inputs and every layer, from ``column`` on."""
        scene, net = self.scene, self.unrolled
        self.columns = list(range(column, column + len(self.shown)))
        self.end = self.columns[-1] + 1 + any(chain.reverse for chain in net.chains)
        scene.under.update({c: texts[self.index(t)] for c, t in zip(self.columns, self.shown, strict=True) if t is not None})
        if self.tag:
            scene.headings.append((PARTS[self.part], self.columns[0], self.columns[-1]))
        silent = [x.op is None and not x.value.any() for x in net.xs]
        once = len(silent) > 1 and not silent[0] and all(silent[1:])  # one-to-many: nothing enters after the first step
        shown = [not once or t == net.start for t in self.shown]
        self.note(once)
        inputs = self.line("input", ("x",), self.tag, 0, 0, shown)
        feeds = [[node] if seen else [] for node, seen in zip(inputs, shown, strict=True)]
        read = [(t, node) for t, node, seen in zip(self.shown, inputs, shown, strict=True) if seen]
        self.inputs = {net.xs[self.index(t)]: node for t, node in read if t is not None}
        self.rows = 0
        for depth, layer in enumerate(net.layers):
            pair = len(layer) > 1
            outputs = [self.chain(chain, feeds, (1 if k else -1) if pair else 0) for k, chain in enumerate(layer)]
            feeds = [list(step) for step in zip(*outputs, strict=True)]
            if pair and depth + 1 < len(net.layers):
                feeds = self.join(feeds, str(depth + 1))

    def note(self, once: bool) -> None:
        """Say what is not shown."""
        name = f"{PARTS[self.part]}: " if self.tag else ""
        if self.left_out:
            self.scene.note(f"{name}{said_left_out(self.left_out)}")
        if once:
            self.scene.note(f"{name}no input after the first step")

    def index(self, t: int) -> int:
        """Where a time stands in the unrolled net's lists."""
        return t - self.unrolled.start

    def line(self, kind: str, names: Sequence[str], tag: str, row: int, side: int, where: Sequence[bool] | None = None) -> list[str]:
        """A row of nodes, one a column; where time is left out a gap."""
        ids = []
        for k, (column, t) in enumerate(zip(self.columns, self.shown, strict=True)):
            symbols = tuple(quantity(name, tag, at(t)) for name in names)
            if where is None or where[k]:
                self.scene.add(symbols[0].id, symbols, kind if t is not None else "gap", t, column, row, side, self.part)
            ids.append(symbols[0].id)
        return ids

    def chain(self, chain: Chain, feeds: list[list[str]], side: int) -> list[str]:
        """One cell's row (two, where its output is no state), its arrows, and the nodes that the next layer reads."""
        scene, cell, order = self.scene, chain.cell, 1 if not chain.reverse else -1
        fed_back = bool(cell.answers)  # a Jordan net: what it answers is its memory
        states, carried = shown_states(cell), by_lane(cell)
        self.rows += 1
        body = self.line("state", states, cell.tag, self.rows, side)
        output = body
        if cell.given not in states:
            self.rows += 1
            output = self.line(cell.answers.get(cell.given, "state"), (cell.given,), cell.tag, self.rows, side)
        memory = output if fed_back else body
        if fed_back and cell.given not in cell.carried:
            scene.note("fed back: the probabilities ", Symbol("p"), " of the scores ", Symbol("s"))
        for k, t in enumerate(self.shown):
            for record in (chain.steps[self.index(u)] for u in (self.left_out if t is None else [t])):
                self.owner.update({record[states[0]]: body[k]} if fed_back else {})
                self.owner.update({record[s]: memory[k] for s in cell.carried})
                self.owner[record[cell.given]] = output[k]
                self.lanes.update({record[s]: lane for lane, s in enumerate(carried)})
            for feed in feeds[k] if t is not None else ():
                scene.edges.append(Edge(feed, body[k], "input", self.weight(cell, "x", "input")))
            if output is not body and t is not None:
                scene.edges.append(Edge(body[k], output[k], "readout", self.weight(cell, states[0], "readout")))
        before = [self.owner.get(chain.first[s]) for s in carried]
        if None in before:
            t = self.times[0] - 1 if order == 1 else self.times[-1] + 1
            symbols = tuple(quantity(s, cell.tag, str(t)) for s in carried)
            column = self.columns[0] - 1 if order == 1 else self.columns[-1] + 1
            row = scene.nodes[memory[0]].row
            before = [scene.add(symbols[0].id, symbols, "initial", t, column, row, side, self.part)] * len(carried)
            self.owner.update({value: symbols[0].id for value in chain.first.values()})
            self.lanes.update({chain.first[s]: lane for lane, s in enumerate(carried)})
        for k in range(len(body))[::order]:
            for lane, (state, tail) in enumerate(zip(carried, before, strict=True)):
                kind = "recurrent" if state == main_state(cell) or fed_back else "carry"
                label = self.weight(cell, state + BEFORE, kind)
                scene.edges.append(Edge(str(tail), body[k], kind, label, lane, len(carried)))
            before = [memory[k]] * len(carried)
        self.within(cell)
        return output

    def within(self, cell: Cell) -> None:
        """Say which matrices stand on no arrow, since what they multiply is made inside the cell."""
        own = [cell.spelling.parameters[name] for name, value in vars(cell.named()).items() if value.ndim > 1]
        if rest := [quantity(name_of(name), cell.tag) for name in own if quantity(name_of(name), cell.tag) not in self.scene.told]:
            self.scene.note("inside the cell: ", *listed(rest))

    def join(self, feeds: list[list[str]], layer: str) -> list[list[str]]:
        """The two directions side by side, as the layer above reads them."""
        self.rows += 1
        ids = []
        for k, t in enumerate(self.shown):
            ids.append([f"join{self.tag}{layer}_{t}"] if t is not None else [])
            for node in ids[-1]:
                symbols = tuple(self.scene.nodes[part].label[0] for part in feeds[k])
                self.scene.add(node, symbols, "join", t, self.columns[k], self.rows, 0, self.part)
                self.scene.edges += [Edge(part, node, "plain") for part in feeds[k]]
        return ids

    def weight(self, cell: Cell, source: str, role: str) -> Symbol | None:
        """The matrix on an arrow: the cell's only one that multiplies the source (W_xh), or a name for its gates' together (W_x)."""
        printed = {name: name_of(full) for name, full in cell.spelling.parameters.items()}
        names = [printed[name] for name, sources in self.weighed[cell].items() if source in sources]
        if not names:
            return None
        symbols = [quantity(name, cell.tag) for name in names]
        letters = {name.letter for name in names}
        together = Symbol(letters.pop() if len(letters) == 1 else "W", cell.tag, source.strip(BEFORE))
        if any(quantity(name, cell.tag) == together for name in printed.values()):  # fused gates have that name already
            together = together._replace(sub=f"{together.sub}*")
        self.scene.told.update(symbols)
        return self.named(together if len(names) > 1 else symbols[0], symbols, role)

    def named(self, symbol: Symbol, stands_for: list[Symbol], role: str) -> Symbol:
        """The symbol in the notation asked for; what it stands for is kept for the caption."""
        shown = Symbol(LETTERS[role], symbol.sup) if self.notation == "letters" and role in LETTERS else symbol
        if stands_for != [shown]:
            self.scene.bundles[shown] = stands_for
        return shown

    def read_out(self, run: Run, row: int, targets: bool) -> None:
        """The scores, the losses and, where asked for, their targets."""
        scene, top = self.scene, self.unrolled.layers[-1]
        column = dict(zip(self.shown, self.columns, strict=True))
        own = bool(run.scores.items) and run.scores[run.scores.first] in self.owner  # a Jordan net's scores stand already
        if own:
            row -= 1
        each, self.answer = len(run.scores) == len(self.times), f"s{top[0].cell.tag if own else ''}"
        rows = [("s", "score", run.scores, row), ("L", "loss", run.losses, row + 1)]
        rows += [("y", "target", Series("y", run.losses.first, targets_of(run)), row + 2)] * targets
        for name, kind, series, height in rows:
            for t, value in enumerate(series, series.first):
                if t in column and not (own and kind == "score"):
                    node = scene.add(f"{name}_{t}", (Symbol(name, "", str(t)),), kind, t, column[t], height, 0, self.part)
                    self.owner.update({value: node} if value is not None else {})
            if None in column and each and len(series) and not (own and kind == "score"):
                scene.add(f"{name}_gap", (Symbol(name, "", "gap"),), "gap", None, column[None], height, 0, self.part)
        for t, score in enumerate(run.scores, run.scores.first):
            if t not in column:
                continue
            for chain in top if not own else ():
                sup = chain.cell.tag[-1:] if len(top) > 1 else ""
                last = t if each else self.times[0 if chain.reverse else -1]
                weight = Symbol("W", sup, "hy")
                tail = self.owner[chain.steps[self.index(last)][chain.cell.given]]
                scene.edges.append(Edge(tail, f"s_{t}", "readout", self.named(weight, [weight], "readout")))
            if t - run.losses.first in range(len(run.losses)):
                scene.edges.append(Edge(self.owner[score], f"L_{t}", "plain"))
                scene.edges += [Edge(f"y_{t}", f"L_{t}", "plain")] * targets

    def feed(self, run: Run, targets: bool) -> None:
        """What later steps read of those before: answers, or the targets in their place."""
        way, who = fed(run), "the decoder" if self.tag else "each step"
        tails = [self.scene.nodes.get(f"{'y' if way == 'targets' else self.answer}_{at(t)}") for t in self.shown[:-1]]
        if way == "answers":
            self.scene.note(f"{who} reads its own last answer" if self.tag else f"{who} reads what the step before answered")
        elif way and targets:
            self.scene.note(f"{who} reads the target before: teacher forcing")
        for tail, after in zip(tails, self.shown[1:], strict=True):
            if way and tail:
                self.scene.edges.append(Edge(tail.id, f"x{self.tag}_{at(after)}", "feedback"))
