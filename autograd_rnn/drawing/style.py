"""How a picture looks. Shape and line style say what colour says: the pictures are printed in grey, too."""

from __future__ import annotations

from typing import Any

FONT, SIZE, SMALL = "Times,serif", 17, 14  # points; sub- and superscripts are set smaller again by the renderer
RADIUS, DOT = 23.0, 3.5  # of a circle, and of the dot where two directions join
CIRCLE = (2 * RADIUS, 2 * RADIUS)
INK = "#222222"
# Okabe and Ito's palette, which colour-blind readers tell apart: its colours for lines, its tints under letters.
MARKS: dict[str, dict[str, Any]] = {
    "input": dict(shape="circle", size=CIRCLE, style="filled", fillcolor="#D3EBF9", penwidth=1),
    "state": dict(shape="circle", size=CIRCLE, style="filled", fillcolor="#B8E3D6", penwidth=2),
    "initial": dict(shape="circle", size=CIRCLE, style="filled,dashed", fillcolor="#F2F2F2", penwidth=1),
    "score": dict(shape="box", size=CIRCLE, style="filled,rounded", fillcolor="#FBF6BD", penwidth=1),
    "loss": dict(shape="octagon", size=CIRCLE, style="filled", fillcolor="#F5CDB2", penwidth=1),
    "join": dict(shape="circle", size=(2 * DOT, 2 * DOT), style="filled", fillcolor=INK, penwidth=1),
    "gap": dict(shape="none", size=CIRCLE, fontsize=26, lift=2.5),  # an ellipsis hangs below its line's middle
}
ARROWS: dict[str, dict[str, Any]] = {
    "input": dict(color=INK, penwidth=1),
    "readout": dict(color=INK, penwidth=1),
    "plain": dict(color=INK, penwidth=1),
    "recurrent": dict(color="#D55E00", penwidth=2.2),
    "carry": dict(color="#0072B2:white:#0072B2", penwidth=1.3),
    "feedback": dict(color="#CC79A7", penwidth=1.6, arrowhead="empty"),
}
FRAMES: dict[str, dict[str, Any]] = {}
WORDS = {"input": "input", "state": "state", "initial": "initial state", "score": "scores", "loss": "loss", "join": "side by side"}
