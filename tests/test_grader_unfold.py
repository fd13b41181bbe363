"""Unfoldings handed in as DOT: right in every writing and naming, each edge missing, too many or reversed, and hostile files."""

import random
import time

import pytest

from autograd_rnn import grader
from autograd_rnn.cli import main
from autograd_rnn.grader import dot, graphs, matching
from autograd_rnn.grader.spec import Wrong, read
from tests.sampling import sampled

NETS = {  # the kinds of edges that are asked for, by net
    "rnn": ("x[t] -> h[t]", "h[t-1] -> h[t]", "h[t] -> s[t]", "s[t] -> L[t]", "L[t] -> L"),
    "lstm": ("x[t] -> c[t]", "x[t] -> h[t]", "h[t-1] -> c[t]", "h[t-1] -> h[t]", "c[t-1] -> c[t]", "c[t] -> h[t]", "h[t] -> s[t]"),
    "gru": ("x[t] -> h[t]", "h[t-1] -> h[t]", "h[t] -> s[t]", "s[t] -> L[t]", "y[t] -> L[t]"),
    "gates": (
        *(f"{tail} -> {gate}[t]" for gate in "ifgo" for tail in ("x[t]", "h[t-1]")),
        *("i[t] -> c[t]", "f[t] -> c[t]", "g[t] -> c[t]", "c[t-1] -> c[t]", "o[t] -> h[t]", "c[t] -> h[t]"),
    ),
}
WRITTEN = ["{}{}", "{}_{}", "${}_{{{}}}$", "{}^{{<{}>}}", "{}[{}]", "{} {}", "{}({})", "{}-{}", r"\\mathbf{{{}}}_{{{}}}"]
HTML = "<<I>{}</I><SUB>{}</SUB>>"
ORDERS = ["{a} -> {b}", "{a}:e -> {b}:w", "{a}->{b} [label=<W<SUB>hh</SUB>>, color=red]", '{b} -> {a} [dir="back"]', "{{{a}}} -> {{{b};}}"]


def asked(net):
    return [graphs.family(one) for one in NETS[net]]


def unfolded(net, steps):
    return graphs.unfolding("lstm" if net == "gates" else net, "many-to-many", steps, asked(net))


def quoted(text):
    return '"' + text.replace('"', r"\"") + '"'


def written(edges, rng, plain=False):
    """A graph as somebody writes it: letters and steps, the form of names, labels or none, subgraphs, comments, the order."""
    nodes = sorted({node for edge in edges for node in edge}, key=str)
    letters = sorted({letter for letter, _ in nodes})
    new = dict(zip(letters, letters if plain else rng.sample([*"abcdehklmpqrsuvwxyz", "input", "Cell"], len(letters)), strict=True))
    shift = {letter: 0 if plain else rng.choice([0, 0, 1, -1, 4]) for letter in letters}
    form = "{}_{}" if plain else rng.choice(WRITTEN)
    texts = {(letter, t): new[letter] if t is None else form.format(new[letter], t + shift[letter] + (not plain)) for letter, t in nodes}
    labelled = not plain and rng.random() < 0.5
    mixed = rng.sample(range(100), len(nodes))
    ids = {node: f"n{mixed[k]}" if labelled else quoted(texts[node]) for k, node in enumerate(nodes)}
    lines = []
    for node in nodes:
        if labelled:
            step = node[1] if node[1] is None else node[1] + shift[node[0]] + 1
            html = HTML.format(new[node[0]], step) if step is not None and rng.random() < 0.5 else quoted(texts[node])
            lines.append(f"{ids[node]} [shape=circle, label={html}]")
    for a, b in edges:
        lines.append(rng.choice(ORDERS[:1] if plain else ORDERS).format(a=ids[a], b=ids[b]))
    if not labelled:
        rng.shuffle(lines)
    if not plain:
        place = rng.randrange(len(lines) + 1)
        lines[:place] = ["subgraph cluster_1 { label=one; style=dashed; " + "; ".join(lines[:place]) + " }"] if place else []
        lines.insert(0, rng.choice(["rankdir=LR", "node [fontsize=12]", "title [shape=none, label=<an <B>unfolding</B>>]", "/* mine */"]))
    return (
        rng.choice(["digraph {", "strict digraph G {", 'DiGraph "a b" {']) + "\n// drawn\n" + rng.choice([";\n", "\n"]).join(lines) + "\n}"
    )


def found(text, edges):
    return graphs.held(dot.read(text), graphs.references([], edges))


@pytest.mark.parametrize("net", NETS)
def test_a_right_graph_is_right_in_any_writing(net, random_seed):
    rng = random.Random(random_seed)
    for _ in range(3):
        steps = rng.choice([2, 3, 4])
        edges = unfolded(net, steps)
        without = {edge for edge in edges if edge[0][1] != 0}
        for some in (edges, without):
            text = written(rng.sample(sorted(some, key=str), len(some)), rng)
            assert found(text, edges).sentences == {}, text


@pytest.mark.parametrize("net", sampled(NETS, 2))
def test_a_graph_whose_names_say_nothing_is_right_by_its_edges(net, random_seed):
    rng = random.Random(random_seed)
    edges = unfolded(net, 3)
    nodes = sorted({node for edge in edges for node in edge}, key=str)
    names = dict(zip(nodes, rng.sample([f"{a}{b}" for a in "abcdefgh" for b in "ijklmnop"], len(nodes)), strict=True))
    right = {(names[a], names[b]) for a, b in edges}
    assert matching.same(right, edges)
    text = "digraph {" + ";".join(f"{a}->{b}" for a, b in right) + "}"
    assert found(text, edges).sentences == {}
    a, b = rng.choice(sorted(right))
    wrong = {"is too many": {*right, (names[nodes[0]], names[nodes[-1]])} if (names[nodes[0]], names[nodes[-1]]) not in right else right}
    wrong["is reversed"] = right - {(a, b)} | {(b, a)}
    for word, some in wrong.items():
        if some != right:
            told = found("digraph {" + ";".join(f"{a}->{b}" for a, b in some) + "}", edges)
            assert len(told.sentences) == 1 and word in next(iter(told.sentences.values())), told


@pytest.mark.parametrize("net", NETS)
def test_each_wrong_edge_is_named(net, random_seed):
    rng = random.Random(random_seed)
    for _ in range(3):
        edges = unfolded(net, rng.choice([3, 4]))
        nodes = sorted({node for edge in edges for node in edge}, key=str)
        a, b = rng.choice(sorted((edge for edge in edges if edge[0][1] != 0), key=str))
        c, d = rng.sample(nodes, 2)
        spelled = f"{matching.spelled(a)} -> {matching.spelled(b)}"
        mistakes = {f"{spelled} is missing": edges - {(a, b)}, f"{spelled} is reversed": edges - {(a, b)} | {(b, a)}}
        if not {(c, d), (d, c)} & edges:
            mistakes[f"{matching.spelled(c)} -> {matching.spelled(d)} is too many"] = edges | {(c, d)}
        for sentence, wrong in mistakes.items():
            lonely = {node for edge in edges for node in edge} - {node for edge in wrong for node in edge}
            told = found(written(sorted(wrong, key=str), rng, plain=True), edges).sentences
            said = [f"the node {matching.spelled(node)} is missing" for node in lonely] or [sentence]
            assert len(told) == 1 and next(iter(told.values())).endswith(tuple(said)) or said[0] in str(told), (told, said)
            anyhow = found(written(sorted(wrong, key=str), rng), edges)
            assert anyhow.sentences or not anyhow.recognised, sentence


@pytest.mark.parametrize("names", ["plain", "nothing"])
def test_the_sum_of_the_losses_may_be_drawn_beside_a_mistake_too(names, tmp_path, random_seed):
    rng, count = random.Random(random_seed), 4
    steps = [edge for t in range(1, count + 1) for edge in ((f"x{t}", f"h{t}"), (f"h{t}", f"s{t}"), (f"s{t}", f"L{t}"), (f"L{t}", "total"))]
    states = [(f"h{t}", f"h{t + 1}") for t in range(1, count)]
    nodes = sorted({node for edge in steps + states for node in edge})
    new = dict(
        zip(nodes, nodes if names == "plain" else rng.sample([f"{a}{b}" for a in "abcdefgh" for b in "ijkl"], len(nodes)), strict=True)
    )
    a, b = rng.choice(states)
    for wrong, score in ((states, 8), ([(b, a) if one == (a, b) else one for one in states], 4)):
        (tmp_path / "a.dot").write_text("digraph {" + ";".join(f"{new[a]}->{new[b]}" for a, b in rng.sample(steps + wrong, 15 + 4)) + "}")
        report = grader.grade("unfold", tmp_path / "a.dot", seed=1)
        assert report.score == score and [item.verdict for item in report.items].count("wrong") == (score < 8), str(report)
        assert score == 8 or f"the edge {new[a]} -> {new[b]} is reversed" in report.items[1].diagnosis.sentence


def test_several_wrong_edges_are_named_where_names_say_nothing(random_seed):
    rng, named = random.Random(random_seed), 0
    for net in [*NETS] * 2:
        edges = unfolded(net, rng.choice([3, 4]))
        (a, b), gone = rng.sample(sorted(edges, key=str), 2)
        wrong = edges - {(a, b), gone} | rng.choice([{(b, a)}, {(a, b), (b, gone[0])}])
        told = found(written(sorted(wrong, key=str), rng), edges)
        named += told.recognised and 0 < len(told.sentences) <= 2
    assert named >= 6, named


def test_inputs_that_change_places_are_wrong_though_the_graph_is_one_but_for_names():
    edges = unfolded("rnn", 3)
    swapped = {((("x", 3 - a[1]) if a[0] == "x" and a[1] < 3 else a), b) for a, b in edges}
    assert len(found(written(sorted(swapped, key=str), random.Random(1), plain=True), edges).sentences) == 4


def test_our_own_picture_is_right(tmp_path, capsys):
    assert main(["unfold", "rnn", "--steps", "4", "-o", str(tmp_path / "a.dot")]) == 0
    assert main(["grade", "unfold", str(tmp_path / "a.dot")]) == 0
    assert "8 of 8 points" in capsys.readouterr().out
    (tmp_path / "b.dot").write_text("digraph { x1->h1; x2->h2; x3->h3; x4->h4; h1->h2; h3->h2; h3->h4; h1->y1; h2->y2; h3->y3; h4->y4 }")
    report = grader.grade("unfold", tmp_path / "b.dot", 1)
    assert report.score == 4 and "h2 -> h3 is reversed: h3 -> h2 is drawn" in report.items[1].diagnosis.sentence
    (tmp_path / "class").mkdir()
    for name in ("ada", "bob"):
        (tmp_path / "class" / f"{name}.dot").write_bytes((tmp_path / f"{name[0]}.dot").read_bytes())
    graded = grader.grade_all("unfold", tmp_path / "class", tmp_path / "out", seed=1, jobs=1)
    assert graded.graded == 2 and "ada,ada.dot,8.0" in (tmp_path / "out" / "grades.csv").read_text()


HOSTILE = {  # what is handed in, what is said of it
    "nothing": ("", "has no graph"),
    "no graph": ("hello", "begins with digraph"),
    "no direction": ("graph { a -- b }", "write digraph"),
    "no direction inside": ("digraph { a -- b }", "write ->"),
    "half": ("digraph { a -> ", "is missing before 'the end'"),
    "an arrow to nothing": ("digraph { a -> }", "an arrow has no node after it"),
    "an open text": ('digraph { "a -> b }', "is nothing that DOT has"),
    "an open label": ("digraph { a [label=<<b>x</b>] }", "does not end"),
    "an open comment": ("digraph { /* a -> b }", "is nothing that DOT has"),
    "deep": ("digraph {" + "{" * 10_000 + "}" * 10_000 + "}", "more than 50 subgraphs"),
    "many nodes": ("digraph {" + ";".join(f"a{k}" for k in range(10_000)) + "}", "more than 500 nodes"),
    "all to all": ("digraph { {" + " ".join(f"a{k}" for k in range(99)) + "} -> {" + " ".join(f"b{k}" for k in range(99)) + "} }", "edges"),
    "again and again": ("digraph { " + "{a b c d e} -> {f g h i j} -> " * 5000 + "k }", "more than 3,000 edges"),
    "a long name": ("digraph { " + "a" * 100_000 + " }", "a name has more than 200 letters"),
    "a long label": (r'digraph { a [label="' + r"\N" * 50_000 + '"] }', "nothing is recognised"),
    "a script": ("digraph { a [label=<<script>alert(1)</script>>] ; a -> b [URL=\"javascript:x\"] }", "nothing is recognised"),
    "brackets": ("digraph { a [label=" + "<" * 50_000 + "] }", "does not end"),
    "a complete graph": ("digraph {" + ";".join(f"a{j} -> a{k}" for j in range(40) for k in range(40)) + "}", "nothing is recognised"),
    "loops": ("digraph {" + ";".join(f"h{k} -> h{k}" for k in range(30)) + "}", "nothing is recognised"),
    "cycles alike": ("digraph {" + ";".join(f"q{k} -> q{k // 4 * 4 + (k + 1) % 4}" for k in range(16)) + "}", "nothing is recognised"),
    "zeros": ("digraph { a\0 -> b }", "is nothing that DOT has"),
    "steps of many digits": ("digraph { h" + "9" * 150 + " -> h1 }", "nothing is recognised"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_graph_ends_in_a_sentence(what, tmp_path):
    text, sentence = HOSTILE[what]
    (tmp_path / "a.dot").write_text(text)
    began = time.process_time()
    report = grader.grade("unfold", tmp_path / "a.dot", 1)
    assert time.process_time() - began < 5 and report.score == 0
    assert all(sentence in item.message for item in report.items if item.max_score), report.items


def test_any_text_is_a_graph_or_a_sentence(random_seed):
    rng = random.Random(random_seed)
    right = written(sorted(unfolded("rnn", 3), key=str), rng)
    for _ in range(100):
        text = list(right)
        for _ in range(rng.randrange(1, 6)):
            k = rng.randrange(len(text))
            text[k : k + rng.randrange(3)] = rng.choice(["{", "}", "[", "]", "->", '"', "<", ">", ":", ";", "=", "\\", "", "a", "#", "/*"])
        try:
            graph = dot.read("".join(text))
        except dot.Broken as error:
            assert "\n" not in str(error) and len(str(error)) < 200
            continue
        graphs.held(graph, graphs.references([], unfolded("rnn", 3)))


COURSE = '# mine\nnet = "rnn"\nsteps = 3\n[[function]]\nname = "x[t] -> h[t]"\n[[function]]\nname = "h[t-1] -> h[t]"\n'


@pytest.mark.parametrize(
    "old, new, line, sentence",
    [
        ("h[t-1] -> h[t]", "h[t] -> x[t]", 7, "there is no edge h[t] -> x[t] in an unfolding of rnn"),
        ("h[t-1] -> h[t]", "h to h", 7, "a name is an edge of the unfolding, as h[t-1] -> h[t]"),
        ('net = "rnn"', "", 3, "net says which"),
        ('\n[[function]]\nname = "h[t-1] -> h[t]"', "", 2, "the unfolding of rnn has the edge h_0 -> h_1 too"),
        ("steps = 3", "steps = 3000", 3, "steps is a number above 0, and at most 20"),
    ],
)
def test_a_mistake_in_an_assignment_of_edges_is_named_with_its_line(old, new, line, sentence, tmp_path):
    (tmp_path / "course.toml").write_text(COURSE.replace(old, new))
    with pytest.raises(Wrong) as caught:
        read(tmp_path / "course.toml")
    assert str(caught.value).startswith(f"course.toml, line {line}: ") and sentence in str(caught.value), caught.value
