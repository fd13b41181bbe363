"""The language of the formulas: its kinds of node, what builds them and what walks over them."""

from autograd_rnn.algebra.expr.building import *
from autograd_rnn.algebra.expr.kinds import *
from autograd_rnn.algebra.expr.walking import *
