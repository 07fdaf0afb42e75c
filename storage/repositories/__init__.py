"""One class for each protocol of `callcenter.ports`."""
