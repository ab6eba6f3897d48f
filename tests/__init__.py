from . import test_hoot, test_tours
from .controllers import test_app
from .models import test_access_matrix, test_account, test_clear, test_connect, test_credential, test_gmail, test_idle
from .models import test_list, test_oauth, test_oauth_browser, test_open, test_operation, test_outlook, test_rota
from .models import test_stored_file, test_sync, test_tree
