"""The command line: one group of verbs a file, each a function from a `Command` to an exit code."""
