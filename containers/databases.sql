-- Run once by the image of PostgreSQL, as its keeper, when its volume is empty: two databases, each with a role
-- that can reach no other. Whoever adds a secret to an existing volume runs the like by hand.
\set ON_ERROR_STOP on
\set catalog_password `cat /run/secrets/catalog_password`
\set runner_password `cat /run/secrets/runner_database_password`

CREATE ROLE tusach LOGIN PASSWORD :'catalog_password';
CREATE DATABASE tusach OWNER tusach;
REVOKE CONNECT, TEMPORARY ON DATABASE tusach FROM PUBLIC;

CREATE ROLE prefect LOGIN PASSWORD :'runner_password';
CREATE DATABASE prefect OWNER prefect;
REVOKE CONNECT, TEMPORARY ON DATABASE prefect FROM PUBLIC;
