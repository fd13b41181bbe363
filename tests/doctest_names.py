"""Gives every doctest the names a person has after ``import numpy as np; import autograd_rnn as ar; from autograd_rnn import *``."""

import numpy as np
import pytest

import autograd_rnn as ar


@pytest.fixture(autouse=True)
def _names(doctest_namespace):
    doctest_namespace.update({name: getattr(ar, name) for name in ar.__all__}, np=np, ar=ar)
