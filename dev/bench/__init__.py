"""Measurements: MailDesk beside other programs, on one machine, in one run."""
