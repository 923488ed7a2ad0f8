# Sourced by the image of Postgres while it makes a server: the collectors' database, and a role that owns it and nothing else.

attune_password=$(<"$ATTUNE_PASSWORD_FILE")
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v database="$ATTUNE_DATABASE" -v password="$attune_password" <<'SQL'
SET log_statement = 'none';
CREATE ROLE attune LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER attune;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
SQL
unset attune_password
