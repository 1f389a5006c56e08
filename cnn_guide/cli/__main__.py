"""`python -m cnn_guide.cli` is the command `cnn-guide`."""

from . import main

raise SystemExit(main())
