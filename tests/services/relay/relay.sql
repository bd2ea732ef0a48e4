-- The counting service's statements.

-- name: tally_load
SELECT key, count, sum, last_n, disorder, echoes, fired, hubbed FROM tally WHERE key = ANY ($1::text[])

-- name: tally_insert
INSERT INTO tally (key, count, sum, last_n, disorder, echoes, fired, hubbed)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])

-- name: tally_update
UPDATE tally
SET count = news.count, sum = news.sum, last_n = news.last_n, disorder = news.disorder, echoes = news.echoes,
    fired = news.fired, hubbed = news.hubbed
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
    AS news (key, count, sum, last_n, disorder, echoes, fired, hubbed)
WHERE tally.key = news.key
