"""What is measured inside Odoo: functions that get an environment and answer what JSON can carry; see :func:`..stage.in_odoo`."""
