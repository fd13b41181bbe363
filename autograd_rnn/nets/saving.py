"""A model written to a file: the parameters as arrays, the construction as JSON. Never pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from autograd_rnn.writing import replacing


def save(model: Any, path: Any, notes: Any = None) -> None:
    """Write a model or cell to one file. ``notes``: anything JSON holds, such as a vocabulary. A failed write leaves what was there."""
    import json  # not needed to import a net

    target = Path(path)
    arrays = {name: value.value for name, value in model.parameters.items()}
    text = json.dumps({"net": model.config(), "notes": notes}, default=np.generic.item)  # options may be numpy's numbers
    header = np.frombuffer(text.encode(), np.uint8)
    with replacing(target) as file:
        np.savez(file, **{"autograd_rnn": header, **arrays})
