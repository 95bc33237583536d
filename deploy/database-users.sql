-- The database user of the services that machines wait for: repair-serve-api,
-- repair-serve-callable and queue-services. Run once by the owner of the tables, before or after
-- `migrate`, and give it a password. The admin, the jobs and `migrate` keep the owner's user, which
-- has no limits; `migrate` has one of its own. A pooler passes on what is said of a user, and refuses
-- options at the start.
CREATE ROLE visn_services LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO visn_services;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO visn_services;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO visn_services;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO visn_services;

-- Meta waits for twenty seconds, and a thread that waits serves nobody.
ALTER ROLE visn_services SET lock_timeout = '3s';
ALTER ROLE visn_services SET statement_timeout = '8s';
ALTER ROLE visn_services SET idle_in_transaction_session_timeout = '30s';
