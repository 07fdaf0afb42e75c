"""A day of check-ins for a whole city, on simulated time: our services, stories and storage, a made-up trunk."""
