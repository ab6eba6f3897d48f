"""Use cases: plain classes over an account, a draft or a mail, called by the models' thin public methods and by controllers."""
