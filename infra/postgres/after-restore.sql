-- For a database that was restored by pg_restore, before chat starts: what npm run restore does (docs/backup.md).
BEGIN;
UPDATE channel SET epoch = substr(encode(sha256(gen_random_uuid()::text::bytea), 'hex'), 1, 12);
UPDATE session SET ended_at = (extract(epoch FROM now()) * 1000)::bigint WHERE ended_at IS NULL;
DELETE FROM ticket;
DELETE FROM link;
UPDATE lease SET holder = '', expires = 0;
COMMIT;
