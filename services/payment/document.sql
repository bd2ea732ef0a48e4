-- Invoices and credit notes, their numbers and their files.

-- name: document_load
-- $1 order numbers
SELECT order_no, document_no, kind, subject_no, payment_no, series, serial, number, amount_minor, tax_minor, currency,
       order_id, issued_at
FROM document WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, document_no

-- name: document_insert
INSERT INTO document (order_no, document_no, kind, subject_no, payment_no, series, serial, number, amount_minor,
                      tax_minor, currency, order_id, issued_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[],
                     $7::bigint[], $8::text[], $9::bigint[], $10::bigint[], $11::text[], $12::bytea[],
                     $13::timestamptz[])

-- name: document_tax_load
-- $1 order numbers
SELECT order_no, document_no, tax_no, category, rate_ppm, amount_minor, tax_minor
FROM document_tax WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, document_no, tax_no

-- name: document_tax_insert
INSERT INTO document_tax (order_no, document_no, tax_no, category, rate_ppm, amount_minor, tax_minor)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::integer[], $6::bigint[],
                     $7::bigint[])

-- name: document_file_load
-- $1 order numbers: the files as they were made
SELECT order_no, document_no, name, media_type, content, made_at
FROM document_file WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, document_no, name

-- name: document_file_insert
INSERT INTO document_file (order_no, document_no, name, media_type, content, made_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[])
ON CONFLICT (order_no, document_no, name) DO NOTHING

-- name: document_mail_load
-- $1 order numbers
SELECT order_no, document_no, mail_no, name, email, language, with_xml, request_id, state, reason, attempts, asked_at, changed_at
FROM document_mail WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, document_no, mail_no

-- name: document_mail_insert
INSERT INTO document_mail (order_no, document_no, mail_no, name, email, language, with_xml, request_id, state, reason, attempts, asked_at, changed_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::smallint[], $10::smallint[], $11::integer[], $12::timestamptz[], $13::timestamptz[])

-- name: document_mail_update
UPDATE document_mail
SET name = news.name, email = news.email, state = news.state, reason = news.reason, attempts = news.attempts, changed_at = news.changed_at
FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::smallint[], $10::smallint[], $11::integer[], $12::timestamptz[], $13::timestamptz[])
    AS news (order_no, document_no, mail_no, name, email, language, with_xml, request_id, state, reason, attempts, asked_at, changed_at)
WHERE document_mail.order_no = news.order_no AND document_mail.document_no = news.document_no AND document_mail.mail_no = news.mail_no

-- name: document_series_load
-- Made where it is missing, and locked: lanes take numbers one after the other.
INSERT INTO document_series (code) SELECT code FROM unnest($1::text[]) AS code ORDER BY code COLLATE "C"
ON CONFLICT (code) DO UPDATE SET last = document_series.last
RETURNING code, year, last

-- name: document_series_insert
-- Not reached: what is looked up is made by then.
INSERT INTO document_series (code, year, last) SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[])

-- name: document_series_update
UPDATE document_series SET year = news.year, last = news.last
FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS news (code, year, last) WHERE document_series.code = news.code

-- name: read_invoice
-- $1 public id of the order, $2 public id of the document: what it says, with the hash of these bytes
SELECT convert_from(f.content, 'UTF8'), encode(f.sha256, 'hex')
FROM document_file f JOIN payment_order USING (order_no)
WHERE payment_order.order_id = $1::bytea AND '-I' || f.document_no = substr($2::text, 31) AND f.name = 'invoice.json'

-- name: read_invoice_file
-- $1 public id of the order, $2 public id of the document, $3 name: the bytes as they were made
SELECT encode(f.content, 'base64'), encode(f.sha256, 'hex'), f.media_type
FROM document_file f JOIN payment_order USING (order_no)
WHERE payment_order.order_id = $1::bytea AND '-I' || f.document_no = substr($2::text, 31) AND f.name = $3::text

-- name: read_invoices
-- $1 and $2 public id of the order as bytes and text, $3 cursor: document_no, $4 limit
SELECT json_strip_nulls(json_build_object('id', $2::text || '-I' || d.document_no,
    'kind', (ARRAY['invoice', 'credit_note'])[d.kind], 'number', d.number,
    'payment_id', $2::text || '-P' || d.payment_no,
    'capture_id', CASE WHEN d.kind = 1 THEN $2::text || '-C' || d.subject_no END,
    'refund_id', CASE WHEN d.kind = 2 THEN $2::text || '-B' || d.subject_no END,
    'amount_minor', d.amount_minor, 'tax_minor', d.tax_minor, 'currency', d.currency,
    'issued_at', instant_text(d.issued_at),
    'documents', (SELECT coalesce(json_agg(json_build_object('name', f.name, 'media_type', f.media_type,
            'size_bytes', octet_length(f.content), 'sha256', encode(f.sha256, 'hex')) ORDER BY f.name), '[]'::json)
        FROM document_file f WHERE f.order_no = d.order_no AND f.document_no = d.document_no),
    'mails', (SELECT json_agg(json_build_object('mail_no', m.mail_no,
            'state', (ARRAY['waiting', 'sending', 'told', 'undeliverable'])[m.state],
            'reason', (ARRAY['no_address', 'bad_address', 'refused', 'late', 'unreachable'])[nullif(m.reason, 0)],
            'attempts', m.attempts, 'asked_at', instant_text(m.asked_at), 'changed_at', instant_text(m.changed_at)) ORDER BY m.mail_no)
        FROM document_mail m WHERE m.order_no = d.order_no AND m.document_no = d.document_no)))::text, d.document_no
FROM document d JOIN payment_order USING (order_no)
WHERE payment_order.order_id = $1::bytea AND d.document_no > coalesce($3::bigint, 0)
ORDER BY d.document_no LIMIT $4::bigint
