"""`python -m simhedge`: the same as the command `simhedge`."""

from simhedge.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
