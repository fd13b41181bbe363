"""``python -m autograd_rnn``."""

import sys

from autograd_rnn.cli import main

sys.exit(main())
