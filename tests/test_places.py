"""Places and no_grad belong to their own thread, task and generator, and recording is never left off."""

import ast
import asyncio
import contextvars
import functools
import gc
import itertools
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.panels.panels import plain_net
from autograd_rnn.engine.place import here
from autograd_rnn.nets.equations import one_step
from autograd_rnn.nets.progress import _busy
from tests.sampling import sampled


def recording():
    """Whether a product is recorded, asked of the product itself."""
    return (ar.tensor(2.0) * 3).op is not None


def test_tasks_keep_their_own():
    async def off(entered, left):
        with ar.no_grad():
            entered.set()
            await left.wait()
            return not recording()

    async def on(entered, left):
        await entered.wait()
        seen = recording()
        left.set()
        return seen

    async def both():
        entered, left = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(off(entered, left), on(entered, left))

    assert asyncio.run(both()) == [True, True] and recording()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_generators_may_close_in_any_order(order):
    def opened(scope):
        with scope:
            yield

    generators = [opened(ar.scope(cell="rnn")), opened(ar.no_grad()), opened(ar.scope(step=5))]
    for generator in generators:
        next(generator)
    still = {"cell": "rnn", "recording": False, "step": 5}
    assert all(getattr(here(), field) == value for field, value in still.items())
    for k in order:
        generators[k].close()
        still.pop(("cell", "recording", "step")[k])
        default = {"cell": "", "recording": True, "step": None}
        assert {field: getattr(here(), field) for field in default} == default | still
    assert recording() and str(here()) == ""


def test_random_scopes_closed_in_random_order(random_seed):
    rng = np.random.default_rng(random_seed)
    one = ar.no_grad()  # entered several times, by several that hold it open together
    for _ in range(100):
        open_ones = []
        for _ in range(rng.integers(1, 8)):
            scope = one if rng.random() < 0.3 else ar.scope(step=int(rng.integers(9))) if rng.random() < 0.5 else ar.no_grad()
            scope.__enter__()
            open_ones.append(scope)
        for k in rng.permutation(len(open_ones)):
            open_ones[k].__exit__(None, None, None)
        assert recording() and here().step is None


def test_one_object_in_two_threads():
    off, first_in, second_out, seen = ar.no_grad(), threading.Event(), threading.Event(), {}

    def first():
        with off:
            first_in.set()
            second_out.wait(5)
            seen["inside"] = recording()
        seen["after"] = recording()

    thread = threading.Thread(target=first)
    thread.start()
    first_in.wait(5)
    with off:
        assert not recording()
    assert recording()
    second_out.set()
    thread.join()
    assert seen == {"inside": False, "after": True}


def test_a_scope_is_closed_where_it_was_opened():
    scope = ar.no_grad()
    with pytest.raises(RuntimeError, match="a scope is closed in the thread or task in which it was opened"):
        scope.__exit__(None, None, None)
    contextvars.copy_context().run(scope.__enter__)
    assert recording()


@pytest.mark.parametrize("scope", [ar.no_grad, lambda: ar.scope(step=3)])
def test_an_asynchronous_generator_opens_no_scope_and_leaves_recording_on(scope):
    """One that is given up would be closed by the event loop, in another context."""

    async def silent():
        with scope():
            yield recording()

    async def leave():
        steps = silent()
        with pytest.raises(RuntimeError, match="in an asynchronous generator might never be closed: open it in the coroutine"):
            await steps.__anext__()
        with scope():
            inside = recording()
        return inside, recording()

    assert asyncio.run(leave()) == (scope is not ar.no_grad, True)


def test_a_task_keeps_its_own_after_the_scope_in_which_it_began():
    async def work():
        await asyncio.sleep(0)
        return recording()

    async def begin():
        with ar.no_grad():
            task = asyncio.create_task(work())
        return await task, recording()

    assert asyncio.run(begin()) == (False, True)


def test_no_grad_decorates():
    @ar.no_grad
    def plain():
        """What it says."""
        return recording()

    @ar.no_grad()
    def called(fail):
        if fail:
            raise KeyError("x")
        return recording()

    assert not plain() and not called(False) and plain.__doc__ == "What it says." and recording()
    with pytest.raises(KeyError):
        called(True)
    assert recording()
    for lazy in (_generator, _coroutine):
        with pytest.raises(TypeError, match=f"{lazy.__name__} runs piece by piece: write the with statement inside it"):
            ar.no_grad(lazy)


def test_whatever_is_called_can_be_decorated():
    class Doubled:
        def __call__(self, x):
            return x * 2

    x = ar.tensor(2.0)
    for f in (functools.partial(np.multiply, 2), Doubled(), np.exp):
        assert ar.no_grad(f)(x).op is None and f(x).op is not None
    for wrong in (Doubled, 3):
        with pytest.raises(TypeError, match="a scope decorates a function, not .*: decorate its methods, or write a with statement"):
            ar.no_grad(wrong)


def _generator():
    yield


async def _coroutine():
    pass


def test_a_place_has_these_fields_only():
    with pytest.raises(TypeError, match="scope: no 'steps'; a place has cell, tag, step, recording, transforms"):
        ar.scope(steps=3)


# -- interrupts -------------------------------------------------------------------------------------------------------
# Python raises KeyboardInterrupt where a function begins or where one written in C has returned: at each of them in turn, so that chance
# has no part in it.


def _with():
    with ar.no_grad():
        ar.tensor(1.0) * 2


@ar.no_grad()
def _decorated():
    ar.tensor(1.0) * 2


def _unrolled(net):
    model = ar.Model(net, 2)
    return lambda: model.unroll(np.ones((2, 2)), [0, 1]).backward()


def _continued(net):
    model = ar.Model(net, output_size=2)
    return lambda: ar.generate(model, [0], 2)


def _gradient():
    ar.grad(lambda x: ar.grad(lambda y: y * y * x)(x))(3.0)


INTERRUPTED = {
    "with": (_with, False),
    "decorated": (_decorated, True),
    "grad": (_gradient, True),
    "jvp": (lambda: ar.jvp(lambda x: x * x)(2.0)[1](1.0), True),
    "vjp of a pair": (lambda: ar.vjp(lambda x: (x * x, ar.sin(x)))(2.0)[1]((1.0, 1.0)), True),
    "gradcheck": (lambda: ar.gradcheck(lambda x: x * x, np.array([2.0])), True),
    "generate": (_continued(ar.RNN(2, 2)), True),
    "a step alone": (lambda: one_step(ar.RNN(2, 2)), True),
    "a picture of a plain net": (lambda: plain_net(1), True),
    "unroll": (_unrolled(ar.LSTM(2, 2)), True),
    "bidirectional": (_unrolled(ar.Stacked([ar.Bidirectional(ar.RNN(2, 2), ar.RNN(2, 2)), ar.RNN(4, 2)])), True),
}


def _interrupted(run, at, closing):
    """Whether run was interrupted at its ``at``-th such moment. Without ``closing`` the first moment of a scope's ``__exit__`` is left out:
    no function can do anything about what falls before its first line."""
    count = -1

    def watch(frame, event, _):
        nonlocal count
        if event not in ("call", "c_return") or frame.f_code is _interrupted.__code__:
            return
        if event == "call" and not closing and frame.f_code is ar.scope.__exit__.__code__:
            return
        count += 1
        if count == at:
            raise KeyboardInterrupt

    sys.setprofile(watch)
    try:
        run()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False


@pytest.mark.parametrize("name", sampled(INTERRUPTED, 3))
def test_an_interrupt_at_any_moment_leaves_nothing_open(name, random_seed):
    run, closing = INTERRUPTED[name]
    run()
    step = 7 if "unroll" in run.__qualname__ else 1  # of the long ones each moment at some seed
    before, at = here(), random_seed % step
    while _interrupted(run, at, closing):
        assert here() is before and gc.isenabled() and _busy.get()() is None, f"interrupted at moment {at}"
        at += step
    assert at > 10


def test_the_package_opens_no_scope_that_an_interrupt_could_leave_open():
    """Every with statement of it stands in a function that is decorated by a scope itself, or in `scope.run`."""
    for path in sorted(Path(ar.__file__).parent.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and not any(ast.unparse(by).startswith("scope(") for by in function.decorator_list):
                withs = [node for node in ast.walk(function) if isinstance(node, ast.With)]
                opened = [ast.unparse(item.context_expr) for node in withs for item in node.items]
                assert not [one for one in opened if one.startswith(("scope(", "no_grad("))], f"{path.name}: {function.name}"
