-- Orders to be.

-- name: draft_load
SELECT order_id, version, state, channel, content, email, phone, line_count, request_id, saved_by, made_at, saved_at, expires_at,
       ended_at, offered_at
FROM draft WHERE order_id = ANY ($1::bytea[])

-- name: draft_insert
INSERT INTO draft (order_id, version, state, channel, content, email, phone, line_count, request_id, saved_by, made_at, saved_at,
                   expires_at, ended_at, offered_at)
SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
                     $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
                     $15::timestamptz[])

-- name: draft_update
UPDATE draft
SET version = news.version, state = news.state, content = news.content, email = news.email, phone = news.phone,
    line_count = news.line_count, request_id = news.request_id, saved_by = news.saved_by, saved_at = news.saved_at,
    expires_at = news.expires_at, ended_at = news.ended_at, offered_at = news.offered_at
FROM unnest($1::bytea[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
            $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
            $15::timestamptz[])
    AS news (order_id, version, state, channel, content, email, phone, line_count, request_id, saved_by, made_at, saved_at,
             expires_at, ended_at, offered_at)
WHERE draft.order_id = news.order_id

-- name: customer_draft_load
-- No table, as customer_order_load: drafts are known by what orders say of their customer.
SELECT asked.customer_id, order_id
FROM unnest($1::text[]) AS asked (customer_id)
CROSS JOIN LATERAL (SELECT * FROM customer_drafts(asked.customer_id, NULL) AS of_them (order_id) ORDER BY 1 LIMIT 1000) AS member
ORDER BY asked.customer_id, order_id

-- name: read_draft
-- $1 id, $2 channel or NULL
SELECT draft_shown(d)::text, version::text FROM draft d WHERE order_id = $1::bytea AND ($2::text IS NULL OR channel = $2)

-- name: read_drafts
-- $1 channel, $2 state, $3 e-mail, or NULL; $4 and $5 cursor: instant in microseconds, id in hex; $6 limit; the newest first
SELECT draft_shown(d)::text, (extract(epoch FROM made_at) * 1000000)::bigint::text, encode(order_id, 'hex')
FROM draft d
WHERE ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR draft_state_word(state) = $2)
  AND ($3::text IS NULL OR (email IS NOT NULL AND order_search_text(email) COLLATE "C" = order_search_text($3)))
  AND ($4::bigint IS NULL OR (made_at, order_id) < (to_timestamp(0) + $4::bigint * interval '1 microsecond', decode($5::text, 'hex')))
ORDER BY made_at DESC, order_id DESC LIMIT $6::bigint
