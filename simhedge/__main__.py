"""`python -m simhedge`: the same as the command `simhedge`."""

from simhedge.cli.main import program

if __name__ == "__main__":
    program()
