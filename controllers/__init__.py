from . import app, content
