-- A database user that may look at deliveries and events, and do nothing else: for
-- `manage.py reread` of a release that is not deployed yet. Run once by the owner of the tables,
-- after the first `migrate`, and give it a password. It cannot read accounts, sessions or placements.
CREATE ROLE visn_reader LOGIN;
GRANT SELECT ON webhooks_delivery, webhooks_event TO visn_reader;
ALTER ROLE visn_reader SET default_transaction_read_only = on;
-- No statement of it keeps what the ledger has deleted from being tidied up for long.
ALTER ROLE visn_reader SET statement_timeout = '60s';
