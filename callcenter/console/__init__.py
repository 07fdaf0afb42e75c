"""The operators' desk in the browser, and the door to it."""
