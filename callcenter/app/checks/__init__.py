"""What `callcenter doctor` looks at: each check takes the configuration and gives findings."""
