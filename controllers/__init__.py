from . import app, content, oauth
