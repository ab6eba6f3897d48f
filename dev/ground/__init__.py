"""The ground MailDesk's developers stand on: Odoo 19, its Python environment, PostgreSQL, system packages.

Standard library only: it runs before anything is installed.
"""
