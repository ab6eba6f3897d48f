from . import maildesk_account_removal
