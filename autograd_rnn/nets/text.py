"""Character models of real text: reading it, numbering its characters, and feeding them to a net."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from autograd_rnn.limits import amount
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.given import choose, size
from autograd_rnn.nets.losses import one_hot
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.progress import Progress
from autograd_rnn.nets.training import generate
from autograd_rnn.visible import visible
from autograd_rnn.writing import file_name

LONGEST = 100_000_000  # bytes of a text
SHIPPED = Path(__file__).parent.parent / "data" / "river.txt"


class OneHot:
    """Class indices (T) or (T, B) that turn into one-hot rows when a stretch of them is asked for, so that a long text is never
    held as zeros.

    >>> OneHot(np.array([1, 0, 1]), 2)[1:]
    array([[1., 0.],
           [0., 1.]])
    """

    def __init__(self, classes: np.ndarray, size: int):
        self.classes, self.size = classes, size

    def __len__(self) -> int:
        return len(self.classes)

    def __getitem__(self, stretch: slice) -> np.ndarray:
        return one_hot(self.classes[stretch], self.size)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[:].astype(dtype or float)


class Text:
    """A text with its characters numbered in order of their code points.

    Raises ValueError for fewer than two characters: there is nothing to predict.

    >>> text = Text("banana")
    >>> text.characters, text.encode("nab").tolist(), text.decode([1, 0])
    (['a', 'b', 'n'], [2, 0, 1], 'ba')
    """

    def __init__(self, content: str, source: str = "the text"):
        self.content, self.source = content, source
        if len(content) < 2:
            raise ValueError(f"{source} has {len(content)} character{'s' * (len(content) != 1)}: at least 2 are needed to predict one")
        self.characters = sorted(set(content))

    @classmethod
    def read(cls, path: Any = None) -> Text:
        """The text in a UTF-8 file (by default the one shipped), or a ValueError that says why it cannot be read."""
        path = SHIPPED if path is None else file_name(path)
        shown = visible(path)
        try:
            with Progress(None, False if os.path.isfile(path) else None, f"reading {shown}"), open(path, "rb") as file:  # a pipe may wait
                data = file.read(LONGEST + 1)
            if len(data) > LONGEST:
                raise ValueError(f"{shown} holds more than {amount(LONGEST)}, the longest text that is read: cut it")
            return cls(data.decode("utf-8-sig").replace("\r\n", "\n"), shown)  # without the byte order mark that some editors write
        except FileNotFoundError:
            raise ValueError(f"there is no file {shown}") from None
        except UnicodeDecodeError as error:
            raise ValueError(f"{shown} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
        except OSError as error:
            raise ValueError(f"{shown} cannot be read: {error.strerror or error}") from None

    def encode(self, content: str) -> np.ndarray:
        """The characters' numbers."""
        unknown = sorted(set(content) - set(self.characters))
        if unknown:
            raise ValueError(f"{', '.join(map(repr, unknown[:5]))} does not occur in {self.source}")
        known, given = (np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4") for text in ("".join(self.characters), content))
        return np.searchsorted(known, given)  # which are in order

    def decode(self, numbers: Any) -> str:
        """The text of some numbers."""
        return "".join(self.characters[k] for k in numbers)

    def lesson(self, batch: int) -> tuple[OneHot, np.ndarray]:
        """(x, y) for `fit`: the text cut into ``batch`` streams side by side, each character to be followed by the next."""
        numbers = self.encode(self.content)
        length = (len(numbers) - 1) // batch
        x, y = (part[: length * batch].reshape(batch, length).T for part in (numbers[:-1], numbers[1:]))
        return OneHot(x, len(self.characters)), y

    def stretch(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """(x, y) of the first steps alone."""
        x, y = self.encode(self.content[:steps]), self.encode(self.content[1 : steps + 1])
        return one_hot(x[: len(y)], len(self.characters)), y

    def model(self, cell: str, hidden: int, seed: int = 0, fused: bool = True, dtype: str = "float32") -> Model:
        """A character model of this text: rnn, lstm or gru, mean cross-entropy (nats a character)."""
        kind, V = CELLS[choose("cell", cell, CELLS)], len(self.characters)
        options: dict[str, Any] = {} if cell == "rnn" else {"fused": fused}
        return Model(kind(V, size("hidden", hidden), seed=seed, dtype=dtype, **options), output_size=V, reduction="mean", seed=seed)

    def write(self, model: Model, start: str, length: int, temperature: float = 0.7, seed: int = 0) -> str:
        """``start``, continued by the model."""
        return start + self.decode(generate(model, list(self.encode(start)), length, temperature, seed))
