"""What the services need from the outside, as protocols. `callcenter.app` decides what stands behind each."""
