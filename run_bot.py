"""Start here: `python run_bot.py VERB` (see `--help`)."""

import sys

from bot.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
