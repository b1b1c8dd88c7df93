"""`python -m oommc`, the same as `oommc`."""

import sys

from oommc.cli import main

sys.exit(main())
