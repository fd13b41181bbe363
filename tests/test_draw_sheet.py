"""Whatever font a machine has, nothing that is written is cut at the sheet's edge."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

GALLERY = sorted((Path(__file__).parent.parent / "diagrams").glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
REGULAR, BOLD = 0.51, 0.6  # of its size, the mean letter of DejaVu Serif, as Chromium shows these lines where there is no Times


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_every_line_fits_the_sheet_in_a_wide_font(path):
    page = ElementTree.parse(path).getroot()
    left, _, width, _ = map(float, page.get("viewBox").split())
    for text in page.iter(f"{SVG}text"):
        letters = re.sub(r"\s+", " ", "".join(text.itertext()))
        mean = BOLD if text.get("font-weight") == "bold" else REGULAR
        half = mean * float(text.get("font-size") or page.get("font-size")) * len(letters) / 2
        scripts = len(list(text)) > 1  # set smaller, one above the other
        assert scripts or left <= float(text.get("x")) - half and float(text.get("x")) + half <= left + width, letters
