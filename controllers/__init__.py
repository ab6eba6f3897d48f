from . import app, compose, content, help_pages, links, oauth, quiet_logs
