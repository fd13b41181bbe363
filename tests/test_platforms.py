"""What an installation asks of a machine: no compiler, and a Graphviz for PNG and PDF alone."""

import configparser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from autograd_rnn.drawing.output import render

ROOT = Path(__file__).parent.parent
LINUX = dict(sys_platform="linux", platform_machine="x86_64", platform_python_implementation="CPython", platform_version="#1 SMP")
MACHINES = {
    "linux": (LINUX, True),
    "linux on arm": (LINUX | dict(platform_machine="aarch64"), True),
    "macos": (LINUX | dict(sys_platform="darwin", platform_machine="arm64"), True),
    "windows": (LINUX | dict(sys_platform="win32", platform_machine="AMD64"), True),
    "windows on arm": (LINUX | dict(sys_platform="win32", platform_machine="ARM64"), False),
    "alpine": (LINUX | dict(platform_version="#1-Alpine SMP PREEMPT_DYNAMIC"), False),
    "pypy": (LINUX | dict(platform_python_implementation="PyPy"), False),
    "another machine": (LINUX | dict(platform_machine="riscv64"), False),
}


@pytest.mark.parametrize("name", MACHINES)
def test_the_bundled_graphviz_is_asked_for_only_where_it_has_a_wheel(name):
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    (line,) = settings["options.extras_require"]["draw"].strip().splitlines()
    machine, wanted = MACHINES[name]
    assert Requirement(line).marker.evaluate(machine) == wanted


@pytest.mark.parametrize("name", [name for name in MACHINES if name != "pypy"])
def test_where_there_is_no_wheel_nobody_is_sent_to_pip(name, monkeypatch):
    """By the C library itself, which is known to a program: an extra's markers see no more of it than a kernel's name."""
    machine, wanted = MACHINES[name]
    libc = "x86_64-pc-linux-musl" if name == "alpine" else "x86_64-pc-linux-gnu"
    monkeypatch.setattr("sysconfig.get_config_var", lambda name: libc)
    monkeypatch.setattr("platform.machine", lambda: machine["platform_machine"])
    monkeypatch.setattr("sys.platform", machine["sys_platform"])
    assert render.has_wheel() == wanted
    assert ("pip install" in render.INSTEAD[wanted]) == wanted


def test_the_matrix_of_machines_names_every_system_and_every_python_that_is_promised():
    matrix = (ROOT / ".ci" / "github.yml").read_text(encoding="utf-8")
    for name in ("ubuntu", "macos", "windows", "alpine", "arm", *(f'"3.{k}"' for k in range(10, 14)), "numpy==1.26", "sympy==1.13"):
        assert name in matrix


def test_every_dependency_has_the_versions_it_was_tried_with():
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    settings = configparser.ConfigParser()
    settings.read_string(text)
    tried = text[text.index("# Tried with") : text.index("install_requires")]
    for line in settings["options"]["install_requires"].strip().splitlines():
        assert f"{Requirement(line).name} " in tried and Requirement(line).specifier
