"""What a developer runs. Never imported by the addon."""
