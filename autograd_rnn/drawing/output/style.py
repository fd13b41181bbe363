"""How a picture looks. Shape and line style say what colour says: the pictures are printed in grey, too."""

from __future__ import annotations

from typing import Any

FONT, SIZE, SMALL, UNDER = "Times,serif", 17, 14, 16  # points, under steps and over pictures; scripts are smaller again
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
# Gates over time, and what a state still holds of the first input, the palest first.
MARKS["valve"] = dict(shape="ellipse", size=(15, 15), style="filled", fillcolor="white", penwidth=1.8)
REACHED = ("#FFFFFF", "#E6F4FC", "#CBE8FA", "#ADDAF6", "#8FCDF4")
MARKS |= {f"reached_{k}": dict(shape="circle", size=CIRCLE, style="filled", fillcolor=tint, penwidth=2) for k, tint in enumerate(REACHED)}
FRAMES: dict[str, dict[str, Any]] = {}
WORDS = {
    "input": "input",
    "state": "state",
    "initial": "initial state",
    "score": "scores",
    "loss": "loss",
    "target": "target",
    "join": "side by side",
}
# Folded nets, figures side by side, neuron by neuron.
MARKS |= {
    "delay": dict(shape="box", size=(8, 8), style="filled", fillcolor=INK, penwidth=1),
    "anchor": dict(shape="none", size=(2, 2)),
    "neuron": dict(shape="circle", size=(17, 17), style="filled", fillcolor="#B8E3D6", penwidth=1.2),
    "neuron_in": dict(shape="circle", size=(17, 17), style="filled", fillcolor="#D3EBF9", penwidth=1),
    "neuron_out": dict(shape="circle", size=(17, 17), style="filled", fillcolor="#FBF6BD", penwidth=1),
    "neuron_gate": dict(shape="circle", size=(17, 17), style="filled", fillcolor="#FBE5B8", penwidth=1),
    "neuron_before": dict(shape="circle", size=(17, 17), style="filled,dashed", fillcolor="#F2F2F2", penwidth=1),
    "vector": dict(shape="box", size=(30, 18), style="filled", fillcolor="white", color="white", fontsize=15, penwidth=0),
    "matrix": dict(shape="box", size=(82, 22), style="filled", fillcolor="white", color="white", fontsize=15, penwidth=0),
}
ARROWS |= {
    "unfold": dict(color="#888888", penwidth=3),
    "weight": dict(color="#555555", penwidth=0.6, arrowsize=0.45),
    "recurrent_weight": dict(color="#D55E00", penwidth=0.6, arrowsize=0.45),
    "pairwise": dict(color="#009E73", penwidth=1.1, arrowsize=0.45),
    "minus": dict(color="#0072B2", penwidth=0.6, arrowsize=0.45, style="dashed"),
}
# What is laid over a picture: the backward sweep, cuts, shares, small heat maps.
SHARE = "#56B4E9"  # in full; the tints behind the steps are lighter
POSITIVE, NEGATIVE = "#0072B2", "#D55E00"  # the largest numbers of heat maps
BACK = ("gradient", "gradient_through", "highway", "highway_through")  # arrows of the backward sweep
ARROWS |= {
    "gradient": dict(color="#94356A", penwidth=1, style="dashed"),
    "gradient_through": dict(color="#94356A", penwidth=1, style="dashed", arrowhead="none"),
    "highway": dict(color="#94356A", penwidth=1),  # along a state that only a gate meets
    "highway_through": dict(color="#94356A", penwidth=1, arrowhead="none"),
    "cut": dict(color=INK, penwidth=1.8, arrowhead="none"),
}
FRAMES |= {
    "padding": dict(style="filled,dashed", fillcolor="white", color="#888888", penwidth=0.8),
    "share": dict(style="filled", fillcolor="white", color="#BBD7E8", penwidth=0.5),
    "positive_value": dict(style="filled", fillcolor="white", color="#555555", penwidth=0.4),
    "negative_value": dict(style="filled,rounded", fillcolor="white", color="#555555", penwidth=0.4),
    "positive_adjoint": dict(style="filled", fillcolor="white", color="#94356A", penwidth=0.9),
    "negative_adjoint": dict(style="filled,rounded", fillcolor="white", color="#94356A", penwidth=0.9),
}
# Inside a cell: gates, single operations, the dots where a wire branches.
MARKS |= {
    "gate": dict(shape="box", size=(48, 38), style="filled,rounded", fillcolor="#FBE5B8", penwidth=1, sizes=(16, 13)),
    "closed": dict(shape="none", size=(60, 30), fontsize=19),
    "joined": dict(shape="box", size=(64, 20), style="filled", fillcolor="white", penwidth=1, fontsize=13),
    "product": dict(shape="box", size=(48, 20), style="filled", fillcolor="#FBE5B8", penwidth=1, sizes=(13,)),
    "pointwise": dict(shape="circle", size=(22, 22), style="filled", fillcolor="white", penwidth=1.2, fontsize=17),
    "number": dict(shape="circle", size=(24, 24), style="filled", fillcolor="white", penwidth=1.2, fontsize=13),
    "function": dict(shape="ellipse", size=(42, 22), style="filled", fillcolor="white", penwidth=1.2, fontsize=13),
    "branch": dict(shape="circle", size=(5, 5), style="filled", fillcolor=INK, penwidth=0.5),
    "end": dict(shape="none", size=(24, 18), fontsize=15),
    "equation": dict(shape="none", size=(100, 20), fontsize=15),
    "cell_title": dict(shape="none", size=(80, 14), fontsize=12.4, fontcolor="#555555"),
}
ARROWS |= {
    "wire": dict(color=INK, penwidth=1.1),
    "peephole": dict(color=INK, penwidth=1.1, style="dashed"),
    "state_wire": dict(color="#D55E00", penwidth=1.8),
    "carry_wire": dict(color="#0072B2", penwidth=2.6),
}
FRAMES |= {
    "cell": dict(style="filled,rounded", fillcolor="#F3F7FB", color="#9DB2C8", penwidth=1.2),
}
# Single operations: a name over a sign.
MARKS |= {
    "linear": dict(shape="box", size=(44, 36), style="filled,rounded", fillcolor="white", penwidth=1, sizes=[14, 12.4]),
    "value": dict(shape="box", size=(44, 36), style="filled,rounded", fillcolor="white", penwidth=1, sizes=[14, 12.4]),
    "activation": dict(shape="box", size=(40, 36), style="filled,rounded", fillcolor="#FBE6BF", penwidth=1, sizes=[14, 12.4]),
    "op": dict(shape="circle", size=(22, 22), style="filled", fillcolor="white", penwidth=1, fontsize=13),
    "target": dict(shape="circle", size=(34, 34), style="filled,dotted", fillcolor="#D3EBF9", penwidth=1.2, fontsize=14),
    "constant": dict(shape="box", size=(36, 20), style="filled", fillcolor="#F2F2F2", penwidth=0.7, fontsize=11),
    "criterion": dict(shape="octagon", size=(60, 44), style="filled", fillcolor="#F5CDB2", penwidth=1, sizes=[15, 12.4]),
    "variable": dict(shape="circle", size=(36, 36), style="filled", fillcolor="#D3EBF9", penwidth=2, fontsize=15),
}
# The same with its numbers in it.
MARKS |= {
    "numbered": dict(shape="box", size=(44, 50), style="filled,rounded", fillcolor="white", penwidth=1, sizes=[14, 11]),
    "given": dict(shape="box", size=(44, 50), style="filled,rounded", fillcolor="#D3EBF9", penwidth=2, sizes=[14, 11]),
}
FRAMES |= {
    "step": dict(style="filled,rounded", fillcolor="#F5F8FB", color="#9FB0C0", penwidth=1),
}
# Charts: axes, and lines that colour and dashes tell apart. What stands ``aside`` does not widen the axis.
CURVES: dict[str, dict[str, Any]] = {
    "curve_0": dict(color="#0072B2", penwidth=2.6, arrowhead="none"),
    "curve_1": dict(color="#D55E00", penwidth=2.6, arrowhead="none", style="dashed"),
    "curve_2": dict(color="#009E73", penwidth=4.2, arrowhead="none"),
    "curve_3": dict(color=INK, penwidth=1.6, arrowhead="none"),
    "curve_4": dict(color="#CC79A7", penwidth=4.2, arrowhead="none", style="dashed"),
    "curve_5": dict(color="#A87400", penwidth=3.2, arrowhead="none", style="dotted"),
    "curve_6": dict(color="#3388B8", penwidth=1.6, arrowhead="none", style="dashed"),
    "aside_0": dict(color="#555555", penwidth=1.6, arrowhead="none", style="dashed", aside=True),
    "aside_1": dict(color="#555555", penwidth=1.6, arrowhead="none", style="dotted", aside=True),
}
ARROWS |= {name: {key: value for key, value in look.items() if key != "aside"} for name, look in CURVES.items()}
ARROWS |= {
    "grid": dict(color="#E2E2E2", penwidth=0.8, arrowhead="none"),
    "tick": dict(color="#888888", penwidth=0.8, arrowhead="none"),
    "level": dict(color="#888888", penwidth=1, arrowhead="none", style="dashed"),
}
FRAMES |= {"letter": dict(style="filled", fillcolor="white", color="#BBBBBB", penwidth=0.5)}  # a piece of a text on its tint
FRAMES |= {"axes": dict(style="filled", fillcolor="white", color="#888888", penwidth=0.8)}
