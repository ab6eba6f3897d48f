from . import app, content, links, oauth
