"""`make test`: every check the project has, each in its own step."""
