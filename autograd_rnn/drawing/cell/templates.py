"""Where the parts of a cell stand, as the textbooks draw it: the template of a cell says the place of each role and how its wires run.

A template that does not know every role and every wire of a step has nothing to say about it: then the step is laid out by `layered`.
"""

from __future__ import annotations

from autograd_rnn.drawing.cell.anatomy import Anatomy, Part
from autograd_rnn.drawing.figure import Point

JOIN = "join(h′, x)"  # the box in which the state meets the input, in the concatenated form
SIZES: dict[str, Point] = {
    "gate": (48.0, 38.0),
    "joined": (68.0, 20.0),
    "product": (48.0, 20.0),
    "pointwise": (22.0, 22.0),
    "number": (24.0, 24.0),
}
TITLE = 38.0  # from the highest line to the frame's upper edge


class Plan:
    """One cell's places, its lower left corner at (0, 0). ``routes``: the corners of each wire by (tail, head), a state's way out by
    (role, ``out h``), the output's way up by (role, ``out ``); ``hops``: where a wire crosses another, (point, runs across)."""

    def __init__(self, anatomy: Anatomy, width: float, height: float) -> None:
        self.anatomy, self.width, self.height = anatomy, width, height
        self.at: dict[str, Point] = {}
        self.sizes: dict[str, Point] = {}
        self.routes: dict[tuple[str, str], list[Point]] = {}
        self.dots: list[Point] = []
        self.hops: set[tuple[Point, bool]] = set()
        self.names: dict[str, Point] = {}  # where a part's name begins; once planned, its middle
        self.each: set[str] = set()  # parts that name each of their weights
        self.curved = self.reverse = False  # whether wires run in gentle bends; whether everything runs from right to left

    def put(self, role: str, x: float, y: float, size: Point | None = None) -> None:
        """A part's place."""
        part = self.anatomy.parts.get(role)
        if part:
            self.at[role], self.sizes[role] = (x, y), size or size_of(part)

    def wire(self, tail: str, head: str, *points: Point) -> None:
        """A wire's corners."""
        if (tail, head) in self.anatomy.wires or head.startswith("out "):
            self.routes[tail, head] = list(points)

    def side(self, role: str, dx: int, dy: int, shift: float = 0.0) -> Point:
        """The middle of a part's side, or a point beside it."""
        (x, y), (w, h) = self.at[role], self.sizes[role]
        return x + dx * w / 2 + (shift if dy else 0), y + dy * h / 2 + (shift if dx else 0)

    def up(self, role: str, shift: float = 0.0) -> Point:
        """The middle of a part's upper side."""
        return self.side(role, 0, 1, shift)

    def down(self, role: str, shift: float = 0.0) -> Point:
        """The middle of its lower side."""
        return self.side(role, 0, -1, shift)

    def left(self, role: str) -> Point:
        """The middle of its left side."""
        return self.side(role, -1, 0)

    def right(self, role: str) -> Point:
        """The middle of its right side."""
        return self.side(role, 1, 0)

    def mirrored(self) -> Plan:
        """The same from right to left."""
        twin = Plan(self.anatomy, self.width, self.height)

        def over(at: Point) -> Point:
            return self.width - at[0], at[1]

        twin.at, twin.sizes = {role: over(at) for role, at in self.at.items()}, self.sizes
        twin.routes = {key: [over(at) for at in points] for key, points in self.routes.items()}
        twin.dots, twin.hops = [over(at) for at in self.dots], {(over(at), across) for at, across in self.hops}
        twin.curved, twin.reverse, twin.each = self.curved, True, self.each
        twin.names = {role: over(at) for role, at in self.names.items()}
        return twin

    def widen(self, cut: float, more: float) -> None:
        """Move all that is right of an upright line; what stands across it grows."""

        def there(at: Point) -> Point:
            return at[0] + more * (at[0] > cut), at[1]

        for role, (x, y) in self.at.items():
            half = self.sizes[role][0] / 2
            if x - half < cut < x + half:
                self.at[role], self.sizes[role] = (x + more / 2, y), (2 * half + more, self.sizes[role][1])
            else:
                self.at[role] = there((x, y))
        self.routes = {key: [there(at) for at in points] for key, points in self.routes.items()}
        self.dots, self.hops = [there(at) for at in self.dots], {(there(at), across) for at, across in self.hops}
        self.names = {role: there(at) for role, at in self.names.items()}
        self.width += more

    def entry(self, tail: str) -> Point:
        """Where something enters the cell."""
        return next((points[0] for (start, _), points in self.routes.items() if start == tail), (20.0, 0.0))

    def exit(self, state: str) -> float:
        """How high a state leaves it."""
        return next((points[-1][1] for (_, way), points in self.routes.items() if way == f"out {state}"), 0.0)

    @property
    def rise(self) -> float:
        """Where the output goes up."""
        return next(points[-1][0] for (_, way), points in self.routes.items() if way == "out ")

    def whole(self) -> bool:
        """Whether every part has its place and every wire its way."""
        wires = {key for key in self.routes if not key[1].startswith("out ")}
        return set(self.at) == set(self.anatomy.parts) and wires == set(self.anatomy.wires)


def look(part: Part) -> str:
    """A part's kind of mark."""
    if part.kind != "pointwise":
        return part.kind
    return "pointwise" if len(part.sign) == 1 else "number" if len(part.sign) == 2 and not part.sign.isalpha() else "function"


def size_of(part: Part) -> Point:
    """A part's width and height; a function's is as wide as its name."""
    return (10 + 8.0 * len(part.sign), 22.0) if look(part) == "function" else SIZES[look(part)]


def lstm(anatomy: Anatomy) -> Plan:
    """The cell state along the top, the gates in a row, the state along the bottom. Plain, with peepholes, coupled, fused."""
    product, tanh, keep, write = "linear(x, h′)", "tanh(c)", "multiply(f, c′)", "multiply(i, g)"
    shift = (62.0 if product in anatomy.parts else 40.0) if JOIN in anatomy.parts else 0.0
    width, low, row, high, top, last = 328.0 + shift, 22.0, 68.0, 118.0, 172.0, 114.0
    forget, new, candidate, out, end = 60.0 + shift, 116.0 + shift, 172.0 + shift, 228.0 + shift, 276.0 + shift
    plan = Plan(anatomy, width, top + TITLE)
    coupled = anatomy.parts["f"].kind == "pointwise"
    gates = {"f": forget, "i": new, "g": candidate, "o": out}
    for role, x in gates.items():
        plan.put(role, x, high if role == "f" and coupled else row)
    circles = ((keep, forget, top), (write, candidate, high), ("c", candidate, top), (tanh, end, 146.0), ("h", end, last))
    for role, x, y in circles:
        plan.put(role, x, y)
    if product in anatomy.parts:
        first = new if coupled else forget
        plan.put(product, (first + out) / 2, low, (out - first + 48, 20))
        trunk(plan, [product], low)
        for role, x in gates.items():
            plan.wire(product, role, (x, low + 10), plan.down(role))
    else:
        trunk(plan, ["i", "g", "o"] if coupled else ["f", "i", "g", "o"], low)
    plan.wire("i", write, plan.up("i"), (new, high), plan.left(write))
    plan.wire("g", write, plan.up("g"), plan.down(write))
    plan.wire(write, "c", plan.up(write), plan.down("c"))
    plan.wire("f", keep, plan.up("f"), plan.down(keep))
    plan.wire("c′", keep, (0, top), plan.left(keep))
    plan.wire(keep, "c", plan.right(keep), plan.left("c"))
    plan.wire("c", "out c", plan.right("c"), (width, top))
    plan.wire("c", tanh, plan.right("c"), (end, top), plan.up(tanh))
    plan.wire(tanh, "h", plan.down(tanh), plan.up("h"))
    plan.wire("o", "h", plan.up("o"), (out, last), plan.left("h"))
    rise = width - 20
    plan.wire("h", "out h", plan.right("h"), (rise, last), (rise, low), (width, low))
    plan.wire("h", "out ", plan.right("h"), (rise, last), (rise, plan.height))
    plan.dots += [(end, top), (rise, last)]
    plan.hops.add(((rise, top), False))
    if coupled:
        plan.wire("i", "f", plan.up("i"), (new, high), plan.right("f"))
        plan.dots.append((new, high))
    peepholes(plan, top, 98.0 if coupled else 105.0)
    plan.names = {"f": (forget + 5, 149.0 if coupled else 130.0), "i": (new + 5, 99.0), "g": (candidate + 5, 98.0)}
    plan.names["o"] = (out + 5, 98.0)
    return plan


def trunk(plan: Plan, heads: list[str], y: float, x: float = 20.0) -> None:
    """The state along the bottom, joined by the input from below, with a branch up into each gate; in the concatenated form both enter a
    box."""
    if JOIN in plan.anatomy.parts:
        x = max(x, 48.0)
        plan.put(JOIN, x, y)
        plan.wire("h′", JOIN, (0.0, y), plan.left(JOIN))
        plan.wire("x", JOIN, (x, 0.0), plan.down(JOIN))
        for role in heads:
            into = plan.left(role) if plan.sizes[role][0] > 60 else plan.down(role)
            plan.wire(JOIN, role, plan.right(JOIN), (into[0], y), into)
    for tail, start in (("h′", [(0.0, y)]), ("x", [(x, 0.0), (x, y)])):
        for role in heads:
            into = plan.left(role) if plan.sizes[role][0] > 60 else plan.down(role)
            plan.wire(tail, role, *start, (into[0], y), into)
    if len(heads) > 1:
        plan.dots += [(plan.at[role][0], y) for role in heads[:-1]]


def peepholes(plan: Plan, top: float, level: float) -> None:
    """From the cell state down into the gates."""
    heads = [role for role in ("f", "i") if plan.anatomy.parts[role].kind == "gate" and ("c′", role) in plan.anatomy.wires]
    for role in heads:
        x, y = plan.up(role, -13)
        plan.wire("c′", role, (0, top), (28.0, top), (28.0, level), (x, level), (x, y))
    if heads:
        plan.dots.append((28.0, top))
    if len(heads) > 1:
        plan.dots.append((plan.up(heads[0], -13)[0], level))
        plan.hops.add(((plan.at["f"][0], level), False))
    if ("c", "o") in plan.anatomy.wires:
        x, y = plan.up("o", -12)
        plan.wire("c", "o", plan.right("c"), (x, top), (x, y))
        plan.dots.append((x, top))


def gru(anatomy: Anatomy) -> Plan:
    """The state along the top, the gates r and z and the new state n in a row."""
    after, fused = anatomy.parts["m"].kind == "gate", "linear(x, h′)" in anatomy.parts
    joins = JOIN in anatomy.parts  # in the concatenated form: more room around the boxes
    shift, entry, rise = max(52.0 * after, (66.0 if fused else 42.0) * joins), 70.0 if joins else 44.0, 8.0 * joins
    reset, update, new = 78.0 + shift, 146.0 + shift, 226.0 + shift + 1.5 * rise
    low, row, level, mid, high, top = (y + rise for y in (28.0 if joins else 30.0, 76.0, 124.0, 156.0, 189.0, 224.0))
    plan = Plan(anatomy, new + 50, top + TITLE)
    keeps = "subtract(1, z)" in anatomy.parts and "multiply(z, h′)" in anatomy.parts
    old, fresh = ("multiply(z, h′)", "multiply(subtract(1, z), n)") if keeps else ("multiply(subtract(1, z), h′)", "multiply(z, n)")
    for role, x in (("r", reset), ("z", update), ("n", new)):
        plan.put(role, x, row)
    gated = "multiply(r, m)" if after else "m"
    plan.put(gated, reset, level)
    if after:
        plan.put("m", 66.0, level, (46.0, 26.0))
    for role, x, y in ((old, update, top), (fresh, new, mid), ("h", new, top)):
        plan.put(role, x, y)
    plan.put("subtract(1, z)", (update + new) / 2 if keeps else update, mid if keeps else high)
    for role, x, y in (("linear(x, h′)", (reset + update) / 2, low),) if fused else ():
        plan.put(role, x, y, (update - reset + 48, 20))
        trunk(plan, [role], low, entry)
        for gate in "rz":
            plan.wire(role, gate, (plan.at[gate][0], low + 10), plan.down(gate))
    if not fused:
        trunk(plan, ["r", "z"], low, entry)
    for tail, head in list(plan.routes):
        if tail == "h′":
            plan.routes[tail, head][:1] = [(0, top), (18, top), (18, low)]
    _gru_wires(plan, gated, old, fresh, (low, level, mid, top), entry)
    plan.names = {"r": (reset + 5, 104.0 + rise), "z": (update + 5, 104.0 + rise), "n": (new + 4, 112.0 + rise)}
    plan.names["m"] = (plan.right(gated)[0] + 4, level + 11) if not after else (plan.right("m")[0] + 4, level + 11)
    return plan


def _gru_wires(plan: Plan, gated: str, old: str, fresh: str, levels: tuple[float, float, float, float], entry: float) -> None:
    low, level, mid, top = levels
    update, new, row = plan.at["z"][0], plan.at["n"][0], plan.at["n"][1]
    below, width = 10.0, plan.width
    plan.wire("h′", "m", (0, top), (18, top), (18, level), plan.left("m"))
    plan.wire("m", gated, plan.right("m"), plan.left(gated))
    plan.wire("r", gated, plan.up("r"), plan.down(gated))
    aside = (update + new) / 2
    plan.wire(gated, "n", plan.right(gated), (aside, level), (aside, row), plan.left("n"))
    plan.wire("x", "n", (entry, 0), (entry, below), (new, below), plan.down("n"))
    joined = "join(m, x)"
    plan.put(joined, new, low, (60.0, 20.0))
    if joined in plan.at:
        plan.wire(gated, joined, plan.right(gated), (aside, level), (aside, low), plan.left(joined))
        plan.wire("x", joined, (entry, 0), (entry, below), (new, below), plan.down(joined))
        plan.wire(joined, "n", plan.up(joined), plan.down("n"))
    plan.wire("h′", old, (0, top), plan.left(old))
    plan.wire("n", fresh, plan.up("n"), plan.down(fresh))
    plan.wire(old, "h", plan.right(old), plan.left("h"))
    plan.wire(fresh, "h", plan.up(fresh), plan.down("h"))
    plan.wire("z", old, plan.up("z"), plan.down(old))
    plan.wire("z", fresh, plan.up("z"), (update, mid), plan.left(fresh))
    one_minus = "subtract(1, z)"
    plan.wire("z", one_minus, plan.up("z"), *([(update, mid)] if old == "multiply(z, h′)" else []), *_into(plan, one_minus, old))
    plan.wire(one_minus, fresh, plan.right(one_minus), plan.left(fresh))
    plan.wire(one_minus, old, plan.up(one_minus), plan.down(old))
    plan.wire("h", "out h", plan.right("h"), (width, top))
    plan.wire("h", "out ", plan.right("h"), (width - 16, top), (width - 16, plan.height))
    plan.dots += [(18, top), (18, level), (entry, below), (update, mid), (width - 16, top)]
    plan.hops.add(((update, level), True))


def _into(plan: Plan, one_minus: str, old: str) -> list[Point]:
    return [plan.left(one_minus)] if old == "multiply(z, h′)" else [plan.down(one_minus)]


def line(anatomy: Anatomy) -> Plan:
    """One box after another on the state's line: the vanilla net, and the Jordan net, whose scores go back."""
    boxes = [role for role in anatomy.parts if role not in anatomy.kept.values()]
    middle, x, wide = 44.0, 44.0, 64.0
    plan = Plan(anatomy, x + len(boxes) * (wide + 28) + 12, 2 * middle + 12)
    for role in boxes:
        plan.put(role, x + wide / 2, middle, (wide, 42.0) if anatomy.parts[role].kind == "gate" else None)
        x += wide + 28
    state = next((tail for tail, head in anatomy.wires if head == boxes[0] and tail.endswith("′")), "h′")
    plan.wire(state, boxes[0], (0, middle), plan.left(boxes[0]))
    joined = boxes[0] == JOIN
    plan.wire("x", boxes[0], *([(plan.at[JOIN][0], 0), plan.down(JOIN)] if joined else [(26, 0), (26, middle), plan.left(boxes[0])]))
    for tail, head in zip(boxes[:-1], boxes[1:], strict=True):
        plan.wire(tail, head, plan.right(tail), plan.left(head))
    last, read = boxes[-1], "s" if "s" in boxes else boxes[-1]
    rise = plan.right(read)[0] + 14
    plan.wire(last, f"out {state[:-1]}", plan.right(last), (plan.width, middle))
    plan.wire(read, "out ", plan.right(read), (rise, middle), (rise, plan.height))
    plan.dots.append((rise, middle))
    named = [role for role in boxes if "(" not in role and role not in (read, last)]
    plan.names = {role: (plan.right(role)[0] + 4, middle + 12) for role in named}
    return plan
