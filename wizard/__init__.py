from . import maildesk_account_removal
from . import maildesk_server_copy
from . import maildesk_settings
