"""Long runs that prove the sync engine exact under faults; see :mod:`dev.torture.run`."""
