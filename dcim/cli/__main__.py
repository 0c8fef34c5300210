"""``python -m dcim.cli``: the command line where no script is installed."""

from dcim.cli import main

main()
