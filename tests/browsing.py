"""A real browser under a given choice of fonts, and where it puts the ink of a picture's words."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge"))), None)
TIMES = ("Times New Roman", "Liberation Serif", "Tinos", "TeX Gyre Termes", "Nimbus Roman")
FONTS = {  # a set-up: the families that may stand for serif, for sans, and what else there is for signs
    "Times metrics": (TIMES, ("Arial", "Liberation Sans", "Arimo", "Nimbus Sans", "DejaVu Sans"), ("DejaVu Sans",)),
    "DejaVu only": (("DejaVu Serif",), ("DejaVu Sans",), ()),
    "sans only": (("DejaVu Sans",), ("DejaVu Sans",), ()),
}
INK = """svg => [...svg.querySelectorAll('text')].map(text => {
  const boxes = [], canvas = document.createElement('canvas').getContext('2d');
  let at = 0;
  const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const words = walk.currentNode.data, style = getComputedStyle(walk.currentNode.parentElement);
    if (!words.length || at >= text.getNumberOfChars()) continue;
    canvas.font = `${style.fontStyle} ${style.fontWeight} ${16 * parseFloat(style.fontSize)}px ${style.fontFamily}`;  // no hinting
    const start = text.getStartPositionOfChar(at), m = canvas.measureText(words);
    const [left, down, right, up] = ['Left', 'Descent', 'Right', 'Ascent'].map(side => m['actualBoundingBox' + side] / 16);
    boxes.push([start.x - left, -start.y - down, start.x + right, -start.y + up]);
    at += [...words].reduce((n, c) => n + c.length, 0);
  }
  return [text.parentElement.id, text.textContent, boxes];
})"""


class Ink(NamedTuple):
    """Words, whose they are (the id of a mark or an arrow; empty: nobody's), and the boxes (low, high) round the ink of each piece (a
    letter, its scripts), y upward as figures have it."""

    owner: str
    words: str
    boxes: list[tuple[tuple[float, float], tuple[float, float]]]


def files_of(families: tuple[str, ...]) -> list[str]:
    """The files of the first of the families that this machine has."""
    for family in families:
        listed = subprocess.run(["fc-list", f":family={family}", "file"], capture_output=True, text=True, check=False)
        if found := [line.strip().rstrip(":") for line in listed.stdout.splitlines()]:
            return [family, *found]
    return []


def set_up(name: str, folder: Path) -> Path:
    """A fontconfig file by which a program sees the fonts of a set-up and no others; skips where there are none."""
    if not shutil.which("fc-list"):
        pytest.skip("there is no fontconfig here, by which a browser is given fonts")
    lines = ['<?xml version="1.0"?><fontconfig>', f"<dir>{folder}</dir><cachedir>{folder / 'cache'}</cachedir>"]
    serif, sans, signs = map(files_of, FONTS[name])
    if not serif or not sans:
        pytest.skip(f"no fonts for {name}: none of {', '.join(FONTS[name][0])} is installed")
    for file in {*serif[1:], *sans[1:], *signs[1:]}:
        (folder / Path(file).name).symlink_to(file)
    names = {"Times": serif[0], "Times New Roman": serif[0], "serif": serif[0]} | dict.fromkeys(
        ("Helvetica", "Arial", "sans-serif"), sans[0]
    )
    for asked, got in names.items():
        bound = f'<edit name="family" mode="assign" binding="strong"><string>{got}</string></edit>'
        lines.append(f'<match target="pattern"><test name="family"><string>{asked}</string></test>{bound}</match>')
    (folder / "fonts.conf").write_text("\n".join([*lines, "</fontconfig>"]), encoding="utf-8")
    return folder / "fonts.conf"


@contextmanager
def tab(fonts: Path | None = None) -> Iterator[Any]:
    """An empty page of a browser that has these fonts."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: nothing is tried in a browser")
    if BROWSER is None:
        pytest.skip("there is no Chromium, Chrome or Edge on the path: nothing is tried in a browser")
    env: Any = dict(os.environ) | ({"FONTCONFIG_FILE": str(fonts)} if fonts else {})
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"], env=env)
        yield running.new_page()
        running.close()


def ink(page: Any, svg: str) -> list[Ink]:
    """Where the words of a picture are."""
    page.set_content(f"<body>{svg[svg.index('<svg') :]}</body>")
    found = page.eval_on_selector("svg", INK)
    return [Ink(owner, words, [((a, b), (c, d)) for a, b, c, d in boxes]) for owner, words, boxes in found if words.strip()]
