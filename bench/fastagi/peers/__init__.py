"""FastAGI servers that all say the same six commands. Each is run as `python -m bench.fastagi.peers.<name>` and prints
the loopback port it listens on."""
