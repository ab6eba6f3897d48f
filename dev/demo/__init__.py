"""The correspondence of an invented company: what a developer looks at while working on MailDesk.

Everything here is made up and deterministic: one seed and one moment give the same mails, byte for byte.
The addon never imports it.
"""
