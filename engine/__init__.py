"""Moves mail between providers and the database. No models; the Odoo environment is handed in, a transaction at a time."""
