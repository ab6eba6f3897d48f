"""Private servers for development and tests: own configuration, loopback only, no system file touched."""
