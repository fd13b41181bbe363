"""A graph in DOT, read as far as it is a graph: which nodes there are, what they are called, and which arrows are to be seen between them.

Layout, ports, colours and what else a drawing has are passed over. Every step of reading takes a token, and what a few tokens say many
times, as ``{a b c} -> {d e f}``, is counted.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

NODES, EDGES, DEEPEST, LONGEST = 500, 3000, 50, 200  # of a graph; subgraphs in one another; letters of a name
READ = ("label", "style", "dir")  # what nodes and edges have that counts
TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/|(?<![^\n])\#[^\n]*)
    |(?P<quoted>"(?:[^"\\]|\\.)*"(?:\s*\+\s*"(?:[^"\\]|\\.)*")*)
    |(?P<arrow>->|--)|(?P<mark>[{}\[\];,=:])|(?P<html><)
    |(?P<word>[^\W\d]\w*|-?(?:\.\d+|\d+(?:\.\d*)?))""",
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "l": "\n", "r": "\n"}


class Broken(ValueError):
    """What is no graph in DOT, with the line."""


class Graph(NamedTuple):
    """``labels``: the text that each node shows, by its name; ``edges``: the arrows, from and to."""

    labels: dict[str, str]
    edges: set[tuple[str, str]]


class Token(NamedTuple):
    """``kind``: id, mark or arrow; ``plain``: whether it is a word that may be a keyword."""

    kind: str
    text: str
    line: int
    plain: bool = False


def tokens(text: str) -> list[Token]:
    """A text's tokens. Raises Broken."""
    found, place, line = [], 0, 1
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise Broken(f"line {line}: {text[place : place + 20].splitlines()[0]!r} is nothing that DOT has there")
        kind, words = str(match.lastgroup), match[0]
        if kind == "html":
            words = _bracketed(text, place, line)
            found.append(Token("id", _shown(words[1:-1]), line))
        elif kind == "quoted":
            parts = re.findall(r'"((?:[^"\\]|\\.)*)"', words, re.DOTALL)
            found.append(Token("id", re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1] if m[1] in '"\\' else m[0]), "".join(parts)), line))
        elif kind != "blank":
            found.append(Token("id" if kind == "word" else kind, words, line, kind == "word"))
        place += len(words)
        line += words.count("\n")
    return found


def _bracketed(text: str, place: int, line: int) -> str:
    """A text in angle brackets, with those in it."""
    depth = 0
    for match in re.compile("[<>]").finditer(text, place):
        depth += 1 if match[0] == "<" else -1
        if not depth:
            return text[place : match.end()]
    raise Broken(f"line {line}: a label in angle brackets does not end")


def _shown(markup: str) -> str:
    """What markup shows, an index below or above as ``_1``."""
    text = re.sub(r"<\s*(?:sub|sup)\b[^<>]*>", "_", markup, flags=re.IGNORECASE)
    return html.unescape(re.sub(r"<[^<>]*>", " ", text)).strip()


class Block:
    """One pair of braces: the nodes in it, what nodes and arrows have there unless they say otherwise, and the statement that is read."""

    def __init__(self, node: dict[str, str], edge: dict[str, str]):
        self.nodes: dict[str, None] = {}
        self.defaults = {"node": dict(node), "edge": dict(edge)}
        self.chain: list[list[str]] = []
        self.arrow = False  # whether one waits for its other end


class Reader:
    """Reads one graph."""

    def __init__(self, text: str):
        self.tokens, self.place = tokens(text), 0
        self.labels: dict[str, str] = {}
        self.unseen: set[str] = set()
        self.edges: set[tuple[str, str]] = set()
        self.steps = 0

    def next(self) -> Token:
        """The next token; at the end one that is nothing."""
        last = self.tokens[-1].line if self.tokens else 1
        return self.tokens[self.place] if self.place < len(self.tokens) else Token("end", "the end", last)

    def taken(self, *texts: str) -> bool:
        """Whether a mark or an arrow comes next, and is taken."""
        token = self.next()
        if token.kind in ("mark", "arrow") and token.text in texts:
            self.place += 1
            return True
        return False

    def keyword(self, *words: str) -> bool:
        """Whether a word comes next that is not in quotes, and is taken."""
        token = self.next()
        if token.plain and token.text.lower() in words:
            self.place += 1
            return True
        return False

    def id(self, what: str) -> str:
        """A name, a number or a text."""
        token = self.next()
        if token.kind != "id":
            raise Broken(f"line {token.line}: {what} is missing before {token.text!r}")
        self.place += 1
        return token.text

    def graph(self) -> Graph:
        """The graph. Raises Broken."""
        self.keyword("strict")
        if self.keyword("graph"):
            raise Broken(f"line {self.next().line}: a graph has edges without a direction: write digraph, and -> between nodes")
        if not self.keyword("digraph"):
            raise Broken(f"line {self.next().line}: a graph in DOT begins with digraph, not with {self.next().text[:20]!r}")
        if self.next().kind == "id":
            self.id("a name")
        if not self.taken("{"):
            raise Broken(f"line {self.next().line}: {{ is missing before {self.next().text[:20]!r}")
        self.blocks([Block({}, {})])
        labels = {name: text for name, text in self.labels.items() if name not in self.unseen}
        return Graph(labels, {edge for edge in self.edges if edge[0] in labels and edge[1] in labels})

    def blocks(self, open_: list[Block]) -> None:
        """Statements, to the brace that ends the first block."""
        while open_:
            block = open_[-1]
            if self.taken("}"):
                self.flush(block, {})
                open_.pop()
                if open_:
                    open_[-1].nodes |= block.nodes
                    self.end(open_[-1], list(block.nodes))
            elif self.taken("{") or self.subgraph():
                if len(open_) >= DEEPEST:
                    raise Broken(f"line {self.next().line}: there are more than {DEEPEST} subgraphs in one another")
                open_.append(Block(block.defaults["node"], block.defaults["edge"]))
            elif self.taken(";", ","):
                self.flush(block, {})
            elif self.taken("->"):
                block.arrow = True
            elif self.next().text == "[" and self.next().kind == "mark":
                self.flush(block, self.attributes())
            else:
                self.statement(block)

    def subgraph(self) -> bool:
        """``subgraph name {``, the name of which says nothing."""
        if not self.keyword("subgraph"):
            return False
        if self.next().kind == "id":
            self.id("a name")
        if not self.taken("{"):
            raise Broken(f"line {self.next().line}: {{ is missing after subgraph")
        return True

    def statement(self, block: Block) -> None:
        """A node, an end of an edge, ``name = value``, or what all nodes and edges have."""
        ahead = self.tokens[self.place + 1] if self.place + 1 < len(self.tokens) else None
        if ahead is not None and ahead.text == "[" and ahead.kind == "mark" and self.next().plain:
            word = self.next().text.lower()
            if self.keyword("graph", "node", "edge"):
                self.flush(block, {})
                block.defaults.setdefault(word, {}).update(self.attributes())
                return
        if self.next().text == "--" and self.next().kind == "arrow":
            raise Broken(f"line {self.next().line}: -- has no direction: write ->")
        name = self.id("a node")
        if len(name) > LONGEST:
            raise Broken(f"line {self.next().line}: a name has more than {LONGEST} letters")
        if self.taken("="):
            self.id("a value")
            self.flush(block, {})
            return
        while self.taken(":"):  # a port
            self.id("a port")
        if name not in self.labels:
            self.labels[name] = block.defaults["node"].get("label", name).replace("\\N", name)[:LONGEST]
            self.seen(name, block.defaults["node"])
        block.nodes[name] = None
        if len(self.labels) > NODES:
            raise Broken(f"it has more than {NODES} nodes")
        self.end(block, [name])

    def end(self, block: Block, names: list[str]) -> None:
        """Nodes at one end of an edge, or by themselves."""
        if not block.arrow:
            self.flush(block, {})
        block.chain.append(names)
        block.arrow = False

    def attributes(self) -> dict[str, str]:
        """``[name = value, ...]``, one after the other."""
        found: dict[str, str] = {}
        while self.taken("["):
            while not self.taken("]"):
                if self.taken(",", ";"):
                    continue
                name = self.id("]").lower()
                value = self.id("a value") if self.taken("=") else "true"
                if name in READ:
                    found[name] = value[:LONGEST]
        return found

    def seen(self, name: str, attributes: dict[str, str]) -> None:
        """Whether a node is to be seen."""
        if "style" in attributes:
            (self.unseen.add if "invis" in attributes["style"] else self.unseen.discard)(name)

    def flush(self, block: Block, attributes: dict[str, str]) -> None:
        """What a statement says, which ends here."""
        if block.arrow:
            raise Broken(f"line {self.next().line}: an arrow has no node after it")
        if len(block.chain) == 1 and attributes:
            for name in block.chain[0]:
                self.labels[name] = attributes.get("label", self.labels[name]).replace("\\N", name)[:LONGEST]
                self.seen(name, attributes)
        given = block.defaults["edge"] | attributes
        ways = {"back": "b", "both": "fb", "none": ""}.get(given.get("dir", "forward"), "f")
        for tails, heads in zip(block.chain, block.chain[1:], strict=False):
            self.steps += len(tails) * len(heads)
            if self.steps > EDGES:
                raise Broken(f"it has more than {EDGES:,} edges")
            if "invis" not in given.get("style", ""):
                self.edges |= {(a, b) for a in tails for b in heads if "f" in ways} | {(b, a) for a in tails for b in heads if "b" in ways}
        block.chain = []


def read(text: str) -> Graph:
    """The first graph in a text.

    >>> read('digraph { "h 0" -> {h1 x} -> h2:n [label=W]; h1 [label=<h<SUB>1</SUB>>] }').labels["h1"]
    'h_1'
    """
    return Reader(text).graph()
