"""Every net of the introductory notes by its name on the command line: derived, verified, drawn, walked, its lines checked, its flow."""

import re

import pytest

from autograd_rnn.cli import main
from tests.sampling import sampled

NETS = {
    "feed-forward": "feed-forward --layers 2",
    "recurrent": "rnn",
    "relu": "rnn --activation relu --no-bias",
    "learned start": "rnn --activation sigmoid --learn-initial",
    "jordan": "jordan",
    "lstm": "lstm",
    "peephole": "lstm --peephole --forget-bias 3",
    "coupled": "lstm --coupled",
    **{f"gru {r} {u}": f"gru --reset {r} --update {u}" for r in ("before", "after") for u in ("new", "keep")},
    "bidirectional": "gru --bidirectional",
    "stacked": "lstm --layers 2",
    "encoder-decoder": "gru --decoder",
    **{task: f"rnn --task {task}" for task in ("one-to-one", "one-to-many", "many-to-one")},
    "squared error": "lstm --loss squared_error --mean",
    "binary": "rnn --loss binary_cross_entropy",
}


@pytest.mark.parametrize("name", sampled(NETS, 11))
def test_each_net_is_run_seen_and_checked_by_its_name(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    net = NETS[name].split()

    def run(command, *more):
        code = main([command, *net, *more])
        return code, capsys.readouterr().out

    code, derived = run("derive")
    lines = [line for line in derived.splitlines() if re.match(r"d[Wb]", line)]
    assert code == 0 and len(lines) >= 3
    for notation in ("letters", "concatenated"):
        assert run("derive", "--notation", notation)[0] == 0
    left, right = lines[0].split(" = ")
    assert run("check", lines[0])[0] == 0 and run("check", f"{left} = 2 ({right})")[0] == 1
    code, told = run("verify")
    assert code == 0 and "agree on every gradient" in told
    two = "encoder-decoder" in name or "bidirectional" in name
    for level in ("block", "cell", "op", *([] if two else ["units"])):
        assert run("unfold", "--level", level, "-o", f"{level}.svg")[0] == 0 and (tmp_path / f"{level}.svg").read_bytes().startswith(b"<")
    if name not in ("feed-forward", "one-to-one", "one-to-many"):
        assert run("unfold", "--beside", "-o", "beside.svg")[0] == 0
    assert run("step", "-o", "walk.md")[0] == 0 and "forward" in (tmp_path / "walk.md").read_text(encoding="utf-8")
    flow = ["--steps", "1" if name == "one-to-one" else "6", "--hidden", "3", "-o", "flow.svg"]
    if name != "feed-forward":
        code, told = run("flow", *flow)
        assert code == 0 and re.search("distance|T - k", told) and (tmp_path / "flow.svg").exists()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("flow feed-forward", "a feed-forward net has no state, so that nothing flows through time: name rnn, lstm, gru or jordan"),
        ("flow rnn feed-forward", "a feed-forward net has no state"),
        (
            "derive feed-forward --bidirectional",
            "a feed-forward net has no state that goes on from step to step: leave out --bidirectional",
        ),
        ("verify feed-forward --decoder", "leave out --decoder"),
        ("verify feed-forward --learn-initial", "leave out --learn-initial"),
        ("verify feed-forward --peephole", "--peephole is no option of feed-forward, which has --activation"),
        ("verify feed-forward --layers 0", "--layers"),
    ],
)
def test_a_feed_forward_net_has_no_past(line, sentence, capsys):
    assert main(line.split()) == 2
    assert sentence in capsys.readouterr().err
