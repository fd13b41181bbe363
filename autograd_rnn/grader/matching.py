"""A person's graph held against a right one: letters matched by the edges that fit, graphs that are one but for names, one edge changed.

What a person calls a quantity is theirs: nodes are read as a letter with a step, x_1 or "input 1", and the letters are matched with ours by
the edges that fit. A graph whose names say nothing is right if it is the same but for names.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from autograd_rnn.grader.dot import Graph

Node = tuple[str, int | None]  # a quantity and its step: ("h", 2); ("L", None)
Edge = tuple[Node, Node]
BELOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₋⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789-0123456789--")
FONTS = re.compile(r"\\+(?:math[a-z]+|text[a-z]*|boldsymbol|bm|vec|hat|tilde|bar)\b")
INDEXED = re.compile(r"(?P<name>.*?\D)??(?P<sign>(?<=[^\w\s])-)?(?P<step>\d{1,4})\W*", re.DOTALL)
RELATIVE = re.compile(r"(?P<name>.*?)[\W_]+t\s*(?P<step>[-+]\s*\d{1,4})?\W*", re.DOTALL)
ROUNDS = 50  # improvements of a matching


class Difference(NamedTuple):
    """What is wrong in a graph: edges that are ours, those of theirs by our names as far as these have any, and sentences by edge."""

    sentences: dict[Edge, str]
    recognised: bool = True


def compared(graph: Graph, references: list[set[Edge]]) -> Difference | None:
    """A person's graph held against those that are right, the first of which is all of it; None where its names say nothing of them."""
    touched = {name for edge in graph.edges for name in edge}  # a title is no node
    best: Difference | None = None
    names = read_names({name: graph.labels[name] for name in touched})
    matchings = [Matching(graph.edges, names, reference) for reference in references]
    for reference, matching in zip(references, matchings, strict=True):
        alike = same(graph.edges, reference)
        if alike and (not matchings[0].speaks or not matching.cost(matching.climbed(matching.taken(alike)))):
            return Difference({})
        if not (found := matching.difference()):
            return Difference({})
        if matching.fits and (best is None or len(found) < len(best.sentences)):
            best = Difference(found)
    return best


# -- names -------------------------------------------------------------------------------------------------------------


def read_names(labels: dict[str, str]) -> dict[str, Node]:
    """Each node as a letter and a step, by its label, or its name where others have the label too; one without a step by its text."""
    shown = [label.strip() for label in labels.values()]
    texts = {name: label if label.strip() and shown.count(label.strip()) == 1 else name for name, label in labels.items()}
    read = {name: read_name(text) for name, text in texts.items()}
    known = Counter(read.values())
    return {name: node if node[0] and known[node] == 1 else (texts[name], None) for name, node in read.items()}


def read_name(text: str) -> Node:
    """A text as a letter and a step.

    >>> [read_name(text) for text in ("h_1", "$x_{2}$", "a^{<3>}", "hidden 4", "h[t-1]", "c₀", "loss")]
    [('h', 1), ('x', 2), ('a', 3), ('hidden', 4), ('h', -1), ('c', 0), ('loss', None)]
    """
    text = FONTS.sub("", text.strip().split("\n")[0]).translate(BELOW)
    match = RELATIVE.fullmatch(text) or INDEXED.fullmatch(text)
    if match is None:
        return re.sub(r"\W|_", "", text), None
    step = (match["step"] or "0").replace(" ", "")
    return re.sub(r"\W|_", "", match["name"] or ""), int(match.groupdict().get("sign") and f"-{step}" or step)


# -- letters matched by the edges that fit ---------------------------------------------------------------------------------

Group = tuple[str, bool, str]  # a person's letter, whether its nodes have steps, and of one without its own name
Place = tuple[str, bool, int]  # our letter, whether it has steps, and by how many theirs are moved


class Matching:
    """A person's letters matched with ours: from a first guess by name and by degree, changed as long as more edges fit.

    ``speaks``: whether every node has a place by its letter and its step, which then mean what they say; ``fits``: whether most edges are
    found."""

    def __init__(self, edges: set[tuple[str, str]], names: dict[str, Node], reference: set[Edge]):
        self.edges, self.names, self.reference = edges, names, reference
        self.ours: dict[tuple[str, bool], set[int]] = {}
        for letter, step in {node for edge in reference for node in edge}:
            self.ours.setdefault((letter, step is not None), set()).add(step or 0)
        self.groups: dict[Group, dict[int, str]] = {}
        for name, (letter, step) in sorted(names.items()):
            self.groups.setdefault((letter, step is not None, "" if step is not None else name), {})[step or 0] = name
        self.able = {group: self.places(group) for group in self.groups}
        few = len(self.groups) <= 16 and len(edges) <= 3 * len(reference) + 50
        self.way = min((self.climbed(self.guessed(by)) for by in (True, False)), key=self.cost) if few else {}
        self.nodes = self.mapped(self.way)
        found = {(self.nodes.get(a), self.nodes.get(b)) for a, b in edges} & reference
        self.fits = len(found) * 2 > len(reference)
        self.speaks = self.fits and len(self.nodes) == len(names) and sum(stepped for _, stepped, _ in self.groups) > 1

    def places(self, group: Group) -> list[Place]:
        """Where a letter's nodes may belong, those that cover most of them first."""
        steps, found = self.groups[group], []
        for (letter, stepped), ours in sorted(self.ours.items()):
            moves = {0, min(ours) - min(steps), max(ours) - max(steps)} if stepped and group[1] else {min(ours)} if stepped else {0}
            found += [
                (-len(ours & {s + move for s in steps}), abs(move), (letter, stepped, move)) for move in moves if stepped or not group[1]
            ]
        return [place for covered, _, place in sorted(found) if covered]

    def guessed(self, by_name: bool) -> dict[Group, Place]:
        """A first matching, each letter once."""
        degrees: dict[tuple[int, str], list[int]] = {}
        for side, ends in ((0, [(self.names[a], self.names[b]) for a, b in self.edges]), (1, sorted(self.reference))):
            for k in (0, 1):
                for edge in ends:
                    degrees.setdefault((side, edge[k][0]), [0, 0])[k] += 1

        def unlike(group: Group, place: Place) -> tuple[int, int]:
            mine, ours = degrees.get((0, group[0]), [0, 0]), degrees.get((1, place[0]), [0, 0])
            return int(by_name and group[0].lower() != place[0].lower()), sum(abs(x - y) for x, y in zip(mine, ours, strict=True))

        way: dict[Group, Place] = {}
        pairs = sorted((unlike(g, p), g, p) for g, able in self.able.items() for p in able)
        for _, group, place in pairs:
            if group not in way and (place[0], place[1]) not in {(p[0], p[1]) for p in way.values()}:
                way[group] = next(p for p in self.able[group] if p[:2] == place[:2])
        return way

    def taken(self, nodes: dict[str, Node]) -> dict[Group, Place]:
        """The matching that places nodes as they are placed already, by the first node of each letter."""
        first = {group: (step, nodes[name]) for group, members in self.groups.items() for step, name in list(members.items())[:1]}
        return {g: (letter, ours is not None, (ours or 0) - step * (ours is not None)) for g, (step, (letter, ours)) in first.items()}

    def climbed(self, way: dict[Group, Place]) -> dict[Group, Place]:
        """A matching that no letter put elsewhere, and no two exchanged, make better."""
        cost = self.cost(way)
        for _ in range(ROUNDS):
            others = [way | {group: place} for group, able in self.able.items() for place in able if way.get(group) != place]
            for a, b in itertools.combinations(way, 2):
                there = {a: [p for p in self.able[a] if p[:2] == way[b][:2]], b: [p for p in self.able[b] if p[:2] == way[a][:2]]}
                others += [way | {a: p, b: q} for p in there[a][:2] for q in there[b][:2]]
            better = min(others, key=self.cost, default=way) if cost else way
            if self.cost(better) >= cost:
                break
            way, cost = better, self.cost(better)
        return way

    def mapped(self, way: dict[Group, Place]) -> dict[str, Node]:
        """Their nodes as ours, each of ours once."""
        found: dict[str, Node] = {}
        taken: set[Node] = set()
        for group, (letter, stepped, move) in way.items():
            for step, name in self.groups[group].items():
                node = (letter, step + move if stepped else None)
                if node not in taken and (node[1] or 0) in self.ours[letter, stepped]:
                    found[name] = node
                    taken.add(node)
        return found

    def cost(self, way: dict[Group, Place]) -> int:
        """How many edges are missing, too many or reversed."""
        nodes = self.mapped(way)
        drawn = {(nodes.get(a, (a, -1)), nodes.get(b, (b, -1))) for a, b in self.edges}
        missing, extra = self.reference - drawn, drawn - self.reference
        return len(missing) + len(extra) - sum((b, a) in extra for a, b in missing)

    def difference(self) -> dict[Edge, str]:
        """What is wrong, a sentence an edge; by our names, as far as a node has one."""
        return difference(self.edges, self.nodes, self.reference)


def difference(edges: set[tuple[str, str]], nodes: Mapping[str, Node], reference: set[Edge]) -> dict[Edge, str]:
    """What is wrong with edges whose nodes are ours as ``nodes`` says, a sentence an edge."""
    called = {node: name for name, node in nodes.items()}
    drawn = {(nodes.get(a, (a, None)), nodes.get(b, (b, None))): (a, b) for a, b in sorted(edges)}
    found: dict[Edge, str] = {}
    for edge in sorted(reference - drawn.keys(), key=str):
        a, b = (called.get(node, spelled(node)) for node in edge)
        gone = [spelled(node) for node in edge if node not in called]
        turned = (edge[1], edge[0])
        words = f"is reversed: {b} -> {a} is drawn" if turned in drawn and turned not in reference else "is missing"
        found[edge] = f"the node {gone[0]} is missing" if gone else f"the edge {a} -> {b} {words}"
    for edge, (a, b) in drawn.items():
        if edge not in reference and (edge[1], edge[0]) not in found:
            strange = [name for name in (a, b) if name not in nodes]
            found[edge] = f"the node {strange[0]} is too many" if strange else f"the edge {a} -> {b} is too many"
    return found


def spelled(node: Node) -> str:
    """A node as it is written."""
    return node[0] if node[1] is None else f"{node[0]}_{node[1]}"


# -- graphs that are the same but for names ----------------------------------------------------------------------------------


def same(edges: set[tuple[str, str]], reference: set[Edge]) -> dict[str, Node]:
    """Their nodes as ours where the graphs are one but for names; else nothing.

    Nodes are told apart by what points to them and from them, again and again; of those that stay alike one is chosen, for in an unfolding
    they are alike in everything.
    """
    both: list[dict[object, int]] = []
    sides: list[set[tuple[object, object]]] = [set(edges), set(reference)]
    if len(edges) != len(reference):
        return {}
    both = [{node: 0 for edge in side for node in edge} for side in sides]
    if len(both[0]) != len(both[1]):
        return {}
    ways = []
    for side, colours in zip(sides, both, strict=True):
        near: dict[object, tuple[list[object], list[object]]] = {node: ([], []) for node in colours}
        for a, b in side:
            near[a][1].append(b)
            near[b][0].append(a)
        ways.append(near)
    count = 1
    while True:
        told = [
            {n: (c[n], sorted(c[m] for m in near[n][0]), sorted(c[m] for m in near[n][1])) for n in c}
            for c, near in zip(both, ways, strict=True)
        ]
        order = {key: k for k, key in enumerate(sorted({str(key) for one in told for key in one.values()}))}
        both = [{n: order[str(key)] for n, key in one.items()} for one in told]
        if sorted(both[0].values()) != sorted(both[1].values()):
            return {}
        if len(order) == len(both[0]):
            break
        if len(order) == count:  # those that stay alike: one of each side becomes its own
            twice = min(c for c in both[0].values() if list(both[0].values()).count(c) > 1)
            for colours in both:
                colours[min((n for n in colours if colours[n] == twice), key=str)] = -1
            count += 1
        else:
            count = len(order)
    ours = {colour: node for node, colour in both[1].items()}
    found = {node: ours[colour] for node, colour in both[0].items()}
    return found if {(found[a], found[b]) for a, b in edges} == reference else {}  # type: ignore[return-value]
