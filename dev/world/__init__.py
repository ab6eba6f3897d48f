"""The demonstration `make run` serves: servers, databases and people around one Odoo."""
