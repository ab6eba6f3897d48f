from . import test_hoot, test_tours
from .models import test_access_matrix, test_account, test_connect, test_credential, test_open, test_sync
