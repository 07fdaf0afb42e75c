"""What our FastAGI server costs beside others, in one run on one machine. `python -m bench.fastagi [--quick]`."""
