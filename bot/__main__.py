"""`python -m bot` is the same as `python run_bot.py`."""

import sys

from bot.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
