-- Pieces that are bought.

-- name: purchase_order_load
-- $1 ids
SELECT purchase_order_id, version, state, supplier, location, currency, lead_time_days, expected_day, reference, requested_at,
       changed_at, buying, gathers_until
FROM purchase_order WHERE purchase_order_id = ANY ($1::text[])

-- name: purchase_order_insert
INSERT INTO purchase_order (purchase_order_id, version, state, supplier, location, currency, lead_time_days, expected_day,
                            reference, requested_at, changed_at, buying, gathers_until)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::integer[],
                     $8::integer[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::smallint[], $13::timestamptz[])

-- name: purchase_order_update
UPDATE purchase_order
SET version = news.version, state = news.state, lead_time_days = news.lead_time_days, expected_day = news.expected_day,
    reference = news.reference, changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::integer[],
            $9::text[], $10::timestamptz[], $11::timestamptz[], $12::smallint[], $13::timestamptz[])
    AS news (purchase_order_id, version, state, supplier, location, currency, lead_time_days, expected_day, reference,
             requested_at, changed_at, buying, gathers_until)
WHERE purchase_order.purchase_order_id = news.purchase_order_id

-- name: purchase_order_line_load
-- $1 ids
SELECT purchase_order_id, sku, location, supplier_sku, quantity, price_minor, outstanding, received, damaged, undelivered, over,
       expected_day
FROM purchase_order_line WHERE purchase_order_id = ANY ($1::text[]) ORDER BY purchase_order_id, sku

-- name: purchase_order_line_insert
INSERT INTO purchase_order_line (purchase_order_id, sku, location, supplier_sku, quantity, price_minor, outstanding, received,
                                 damaged, undelivered, over, expected_day)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::integer[],
                     $8::integer[], $9::integer[], $10::integer[], $11::integer[], $12::integer[])

-- name: purchase_order_line_update
UPDATE purchase_order_line
SET quantity = news.quantity, outstanding = news.outstanding, received = news.received, damaged = news.damaged, undelivered = news.undelivered,
    over = news.over, expected_day = news.expected_day
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::integer[], $8::integer[],
            $9::integer[], $10::integer[], $11::integer[], $12::integer[])
    AS news (purchase_order_id, sku, location, supplier_sku, quantity, price_minor, outstanding, received, damaged,
             undelivered, over, expected_day)
WHERE purchase_order_line.purchase_order_id = news.purchase_order_id AND purchase_order_line.sku = news.sku

-- name: purchase_order_line_remove
-- Of drafts only.
DELETE FROM purchase_order_line USING unnest($1::text[], $2::text[]) AS gone (purchase_order_id, sku)
WHERE purchase_order_line.purchase_order_id = gone.purchase_order_id AND purchase_order_line.sku = gone.sku

-- name: purchase_order_receipt_insert
INSERT INTO purchase_order_receipt (purchase_order_id, request_id, sku, quantity, damaged, over, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::integer[], $7::timestamptz[])

-- name: purchase_order_step_load
-- $1 ids
SELECT purchase_order_id, request_id, kind, reason, digest, note, actor, at
FROM purchase_order_step WHERE purchase_order_id = ANY ($1::text[])

-- name: purchase_order_step_insert
INSERT INTO purchase_order_step (purchase_order_id, request_id, kind, reason, digest, note, actor, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::smallint[], $5::bytea[], $6::text[], $7::text[],
                     $8::timestamptz[])

-- name: purchase_document_load
-- $1 ids
SELECT purchase_order_id, name, media_type, sha256, content, made_at
FROM purchase_document WHERE purchase_order_id = ANY ($1::text[]) ORDER BY purchase_order_id, name

-- name: purchase_document_insert
INSERT INTO purchase_document (purchase_order_id, name, media_type, sha256, content, made_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::timestamptz[])

-- name: purchase_mail_load
-- $1 ids
SELECT purchase_order_id, mail_no, email, request_id, state, reason, attempts, asked_at, changed_at
FROM purchase_mail WHERE purchase_order_id = ANY ($1::text[]) ORDER BY purchase_order_id, mail_no

-- name: purchase_mail_insert
INSERT INTO purchase_mail (purchase_order_id, mail_no, email, request_id, state, reason, attempts, asked_at, changed_at)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::smallint[], $6::smallint[], $7::integer[],
                     $8::timestamptz[], $9::timestamptz[])

-- name: purchase_mail_update
UPDATE purchase_mail
SET state = news.state, reason = news.reason, attempts = news.attempts, changed_at = news.changed_at
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::smallint[], $6::smallint[], $7::integer[],
            $8::timestamptz[], $9::timestamptz[])
    AS news (purchase_order_id, mail_no, email, request_id, state, reason, attempts, asked_at, changed_at)
WHERE purchase_mail.purchase_order_id = news.purchase_order_id AND purchase_mail.mail_no = news.mail_no

-- name: incoming_day_load
-- $1 SKUs
SELECT line.sku, coming.day, line.purchase_order_id, line.outstanding::bigint
FROM purchase_order_line AS line JOIN purchase_order AS ordered USING (purchase_order_id)
CROSS JOIN LATERAL (SELECT CASE WHEN line.expected_day >= 0 THEN line.expected_day ELSE ordered.expected_day END) AS coming (day)
WHERE line.sku = ANY ($1::text[]) AND line.outstanding > 0 AND coming.day >= 0
ORDER BY 1, 2, 3

-- name: read_purchase_order
-- $1 id
SELECT json_strip_nulls(json_build_object('id', p.purchase_order_id, 'version', p.version,
    'state', (ARRAY['draft', 'sent', 'confirmed', 'partially_received', 'received', 'closed', 'canceled'])[p.state],
    'supplier', p.supplier, 'location', p.location, 'currency', p.currency,
    'total_minor', (SELECT sum(l.quantity * l.price_minor)::bigint FROM purchase_order_line l
                    WHERE l.purchase_order_id = p.purchase_order_id),
    'expected_on', CASE WHEN p.expected_day >= 0 THEN date '1970-01-01' + p.expected_day END, 'reference', p.reference,
    'requested_at', to_char(p.requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'changed_at', to_char(p.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'buying', (ARRAY['no', 'draft', 'send'])[p.buying],
    'gathers_until', to_char(p.gathers_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'mail', (SELECT (ARRAY['waiting', 'sending', 'told', 'undeliverable', 'unsent'])[m.state] FROM purchase_mail m
             WHERE m.purchase_order_id = p.purchase_order_id ORDER BY m.mail_no DESC LIMIT 1),
    'mails', (SELECT json_agg(json_build_object('mail_no', m.mail_no, 'email', m.email,
                  'state', (ARRAY['waiting', 'sending', 'told', 'undeliverable', 'unsent'])[m.state],
                  'reason', (ARRAY['no_address', 'bad_address', 'refused', 'late', 'unreachable'])[nullif(m.reason, 0)],
                  'attempts', m.attempts, 'request_id', m.request_id,
                  'asked_at', to_char(m.asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                  'changed_at', to_char(m.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY m.mail_no)
              FROM purchase_mail m WHERE m.purchase_order_id = p.purchase_order_id),
    'alert', purchase_alert_shown(p.purchase_order_id),
    'waiting', (SELECT json_agg(json_build_object('order_id', w.order_id, 'sku', w.sku, 'quantity', w.pieces,
                    'since', to_char(w.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                    ORDER BY w.sku, w.place) FROM purchase_waiting(p.purchase_order_id) AS w WHERE w.place <= 200),
    'unclaimed', CASE WHEN p.state <= 4 AND p.buying > 0 THEN
                 (SELECT sum(CASE WHEN p.state = 1 THEN l.quantity ELSE l.outstanding END) FROM purchase_order_line l
                  WHERE l.purchase_order_id = p.purchase_order_id)
                 - (SELECT coalesce(sum(w.pieces), 0) FROM purchase_waiting(p.purchase_order_id) AS w) END,
    'lines', (SELECT json_agg(json_build_object('sku', l.sku, 'supplier_sku', l.supplier_sku, 'quantity', l.quantity,
                  'price_minor', l.price_minor, 'outstanding', l.outstanding, 'received', l.received, 'damaged', l.damaged,
                  'undelivered', l.undelivered, 'over', l.over,
                  'expected_on', CASE WHEN l.expected_day >= 0 THEN date '1970-01-01' + l.expected_day END) ORDER BY l.sku)
              FROM purchase_order_line l WHERE l.purchase_order_id = p.purchase_order_id),
    'receipts', (SELECT json_agg(json_build_object('request_id', r.request_id, 'sku', r.sku, 'quantity', r.quantity,
                     'damaged', r.damaged, 'over', r.over,
                     'at', to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY r.at, r.sku)
                 FROM purchase_order_receipt r WHERE r.purchase_order_id = p.purchase_order_id),
    'steps', (SELECT json_agg(json_build_object('request_id', s.request_id,
                  'kind', (ARRAY['draft', 'send', 'confirm', 'receive', 'close', 'cancel', 'decline'])[s.kind],
                  'reason', (ARRAY['out_of_stock', 'discontinued', 'late', 'lost', 'not_needed', 'other'])[s.reason],
                  'actor', s.actor, 'note', s.note,
                  'at', to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY s.at, s.kind)
              FROM purchase_order_step s WHERE s.purchase_order_id = p.purchase_order_id)))::text, p.version::text
FROM purchase_order p WHERE p.purchase_order_id = $1::text

-- name: read_purchase_documents
-- $1 id, $2 cursor: name, $3 limit
SELECT json_build_object('purchase_order_id', purchase_order_id, 'name', name, 'media_type', media_type,
    'size_bytes', octet_length(content), 'sha256', encode(sha256, 'hex'),
    'made_at', to_char(made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text, name
FROM purchase_document WHERE purchase_order_id = $1::text AND name > coalesce($2::text, '') ORDER BY name LIMIT $3::bigint

-- name: read_purchase_document
-- $1 id, $2 name: the bytes as they were sent
SELECT encode(content, 'base64'), encode(sha256, 'hex'), media_type
FROM purchase_document WHERE purchase_order_id = $1::text AND name = $2::text

-- name: read_purchase_orders
-- $1 state or NULL, $2 supplier or NULL, $3 place or NULL, $4 how its last mail is or NULL, $5 and $6 cursor: milliseconds, id;
-- $7 limit; the latest first
SELECT json_strip_nulls(json_build_object('id', p.purchase_order_id, 'version', p.version,
    'state', (ARRAY['draft', 'sent', 'confirmed', 'partially_received', 'received', 'closed', 'canceled'])[p.state],
    'supplier', p.supplier, 'location', p.location, 'currency', p.currency,
    'total_minor', (SELECT sum(l.quantity * l.price_minor)::bigint FROM purchase_order_line l
                    WHERE l.purchase_order_id = p.purchase_order_id),
    'expected_on', CASE WHEN p.expected_day >= 0 THEN date '1970-01-01' + p.expected_day END, 'reference', p.reference,
    'requested_at', to_char(p.requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'changed_at', to_char(p.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'buying', (ARRAY['no', 'draft', 'send'])[p.buying],
    'gathers_until', to_char(p.gathers_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'mail', (SELECT (ARRAY['waiting', 'sending', 'told', 'undeliverable', 'unsent'])[m.state] FROM purchase_mail m
             WHERE m.purchase_order_id = p.purchase_order_id ORDER BY m.mail_no DESC LIMIT 1)))::text,
    (extract(epoch FROM p.requested_at) * 1000)::bigint::text, p.purchase_order_id
FROM purchase_order p
WHERE ($1::text IS NULL
       OR p.state = array_position(ARRAY['draft', 'sent', 'confirmed', 'partially_received', 'received', 'closed', 'canceled'],
                                   $1))
  AND ($2::text IS NULL OR p.supplier = $2)
  AND ($3::text IS NULL OR p.location = $3)
  AND ($4::text IS NULL OR $4 = (SELECT (ARRAY['waiting', 'sending', 'told', 'undeliverable', 'unsent'])[m.state] FROM purchase_mail m WHERE m.purchase_order_id = p.purchase_order_id ORDER BY m.mail_no DESC LIMIT 1))
  AND ($5::bigint IS NULL OR (p.requested_at, p.purchase_order_id) < (to_timestamp($5::bigint / 1000.0), $6::text))
ORDER BY p.requested_at DESC, p.purchase_order_id DESC LIMIT $7::bigint
