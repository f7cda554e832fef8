"""The command line: thin commands, each of them one or two calls that are as easy from Python."""
