from . import app, content, help_pages, links, oauth, quiet_logs
