"""A person's graph whose names say nothing, held against a right one: the nodes are matched by what is around them.

Two nodes are alike as far as what points to them, and what they point to, is alike, which is worked out again and again. Of such a matching
pairs are exchanged as long as more edges fit. What then does not fit is wrong, if it is little.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from autograd_rnn.grader.matching import Difference, Edge, Node, difference

LARGEST = 60  # nodes
SPREAD = 6  # how far around a node is looked
SEEDS, TRIED = 300, 3  # pairs of nodes with which a matching is begun; matchings that are made better
ROUNDS = 60  # exchanges in a matching
SHARE = 3  # a graph of whose edges more than one in so many is wrong is not recognised


def aligned(edges: set[tuple[str, str]], references: list[set[Edge]]) -> Difference | None:
    """The edges that are wrong in a graph, as few as are found; None where these are too many."""
    theirs = sorted({name for edge in edges for name in edge})
    best: tuple[int, Mapping[str, Node], set[Edge]] | None = None
    for reference in references:
        ours = sorted({node for edge in reference for node in edge}, key=str)
        if max(len(theirs), len(ours)) > LARGEST or abs(len(edges) - len(reference)) * SHARE > len(reference):
            continue
        A, B = _adjacency(edges, theirs), _adjacency(reference, ours)
        alike = _alike(A, B)
        seeds = np.argsort(-alike, axis=None, kind="stable")[:SEEDS]
        first = sorted((_grown(A, B, alike, int(seed)) for seed in seeds), key=lambda order: _cost(A, B, order))
        for order in (_exchanged(A, B, order) for order in first[:TRIED]):
            cost = _cost(A, B, order)
            if cost * SHARE <= len(reference) and (best is None or cost < best[0]):
                best = cost, {theirs[k]: ours[place] for k, place in enumerate(order[: len(theirs)]) if place < len(ours)}, reference
    return Difference(difference(edges, *best[1:])) if best is not None else None


def _adjacency(edges: set, nodes: list) -> np.ndarray:
    """Which node points to which."""
    number = {node: k for k, node in enumerate(nodes)}
    found = np.zeros((len(nodes), len(nodes)))
    for a, b in edges:
        found[number[a], number[b]] = 1.0
    return found


def _alike(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """How alike each of their nodes and each of ours are, from 0 to 1."""
    alike = np.ones((len(A), len(B)))
    for _ in range(SPREAD):
        alike = 1e-3 + A @ alike @ B.T + A.T @ alike @ B
        alike /= np.abs(alike).max()
    near = -np.abs(A.sum(1)[:, None] - B.sum(1)) - np.abs(A.sum(0)[:, None] - B.sum(0))  # of many neighbours all is alike
    return alike / 10 + np.exp(near)


def _grown(A: np.ndarray, B: np.ndarray, alike: np.ndarray, seed: int) -> list[int]:
    """A matching that begins with one pair, and takes in what has the most neighbours in it already; what the smaller graph lacks stands
    behind its own nodes."""
    size = max(len(A), len(B))
    order, pairs = [-1] * size, np.zeros(alike.shape)
    open_to = alike.copy()
    for _ in range(min(alike.shape)):
        score = open_to + 4 * (A @ pairs @ B.T + A.T @ pairs @ B) if pairs.any() else None
        mine, other = divmod(seed if score is None else int(np.where(np.isfinite(open_to), score, -np.inf).argmax()), len(B))
        order[mine], pairs[mine, other] = other, 1.0
        open_to[mine], open_to[:, other] = -np.inf, -np.inf
    free = sorted({*range(size)} - {*order})
    return [place if place >= 0 else free.pop(0) for place in order]


def _cost(A: np.ndarray, B: np.ndarray, order: list[int]) -> int:
    """How many edges are missing, too many or, counted once, reversed."""
    size = len(order)
    mine, ours = np.zeros((size, size)), np.zeros((size, size))
    ours[: len(B), : len(B)] = B
    mine[np.ix_(order[: len(A)], order[: len(A)])] = A
    extra, missing = mine > ours, ours > mine
    return int(extra.sum() + missing.sum() - (missing & extra.T).sum())


def _exchanged(A: np.ndarray, B: np.ndarray, order: list[int]) -> list[int]:
    """A matching that no exchange of two nodes makes better."""
    cost = _cost(A, B, order)
    for _ in range(ROUNDS if cost else 0):
        found = (cost, order)
        for j, k in itertools.combinations(range(len(order)), 2):
            other = list(order)
            other[j], other[k] = order[k], order[j]
            found = min(found, (_cost(A, B, other), other))
        if found[0] >= cost:
            break
        cost, order = found
    return order
