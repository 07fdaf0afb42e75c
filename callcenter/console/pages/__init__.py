"""The pages, one matter a file. Each takes a `Visit` and gives an answer."""
