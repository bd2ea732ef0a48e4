-- Pick lists and their scans.

-- name: pick_list_load
-- $1 ids
SELECT list_id, version, state, location, picker, digest, scan_count, made_at, changed_at
FROM pick_list WHERE list_id = ANY ($1::text[])

-- name: pick_list_insert
INSERT INTO pick_list (list_id, version, state, location, picker, digest, scan_count, made_at, changed_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bytea[], $7::integer[], $8::timestamptz[],
                     $9::timestamptz[])

-- name: pick_list_update
UPDATE pick_list
SET version = news.version, state = news.state, picker = news.picker, scan_count = news.scan_count, changed_at = news.changed_at
FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bytea[], $7::integer[], $8::timestamptz[],
            $9::timestamptz[])
    AS news (list_id, version, state, location, picker, digest, scan_count, made_at, changed_at)
WHERE pick_list.list_id = news.list_id

-- name: pick_list_line_load
-- $1 ids of lists
SELECT list_id, rank, order_id, fulfillment_no, order_no, sku, quantity, verified, bin, zone
FROM pick_list_line WHERE list_id = ANY ($1::text[]) ORDER BY list_id, rank

-- name: pick_list_line_insert
INSERT INTO pick_list_line (list_id, rank, order_id, fulfillment_no, order_no, sku, quantity, verified, bin, zone)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::bytea[], $4::smallint[], $5::bigint[], $6::text[], $7::integer[], $8::integer[],
                     $9::text[], $10::text[])

-- name: pick_list_line_update
UPDATE pick_list_line SET verified = news.verified
FROM unnest($1::text[], $2::smallint[], $3::bytea[], $4::smallint[], $5::bigint[], $6::text[], $7::integer[], $8::integer[],
            $9::text[], $10::text[])
    AS news (list_id, rank, order_id, fulfillment_no, order_no, sku, quantity, verified, bin, zone)
WHERE pick_list_line.list_id = news.list_id AND pick_list_line.rank = news.rank

-- name: pick_claim_load
-- $1 order ids; locks the rows
SELECT order_id, fulfillment_no, list_id FROM pick_claim WHERE order_id = ANY ($1::bytea[]) ORDER BY order_id, fulfillment_no
FOR NO KEY UPDATE

-- name: pick_claim_insert
INSERT INTO pick_claim (order_id, fulfillment_no, list_id) SELECT * FROM unnest($1::bytea[], $2::smallint[], $3::text[])

-- name: pick_claim_remove
DELETE FROM pick_claim USING unnest($1::bytea[], $2::smallint[]) AS gone (order_id, fulfillment_no)
WHERE pick_claim.order_id = gone.order_id AND pick_claim.fulfillment_no = gone.fulfillment_no

-- name: pickable_load
-- $1 texts "<place> rule <limit> <zone>" or "<place> these <id in hex>.<number>,...": the lines of a list of these. By rule it is what is due first
-- of the first 500 that wait and are on no list; of a zone what lies wholly in it.
SELECT asked.key, plan.rank, plan.order_id, plan.fulfillment_no, plan.order_no, plan.sku, plan.quantity, plan.bin, plan.zone
FROM unnest($1::text[]) AS asked (key)
CROSS JOIN LATERAL (
    SELECT split_part(key, ' ', 1) AS place, split_part(key, ' ', 2) = 'these' AS these, split_part(key, ' ', 3) AS words,
           split_part(key, ' ', 4) AS zone,
           CASE WHEN split_part(key, ' ', 2) = 'rule' THEN split_part(key, ' ', 3)::integer ELSE 0 END AS most) AS how
CROSS JOIN LATERAL (
    SELECT array_agg(candidate.order_id ORDER BY candidate.at) AS orders, array_agg(candidate.number ORDER BY candidate.at) AS numbers
    FROM (
        SELECT decode(split_part(word, '.', 1), 'hex') AS order_id, split_part(word, '.', 2)::integer AS number, at
        FROM unnest(string_to_array(CASE WHEN how.these THEN how.words END, ',')) WITH ORDINALITY AS named (word, at)
        UNION ALL
        SELECT first.order_id, first.fulfillment_no::integer,
               row_number() OVER (ORDER BY first.priority, first.hand_over_by, first.promised_by, first.opened_at, first.order_no,
                                           first.fulfillment_no)
        FROM (
            SELECT * FROM (
                SELECT * FROM fulfillment
                WHERE location = how.place AND state = 2 AND state <= 3 AND NOT on_hold AND NOT how.these
                  AND NOT EXISTS (SELECT FROM pick_claim claim WHERE claim.order_id = fulfillment.order_id
                                                                 AND claim.fulfillment_no = fulfillment.fulfillment_no)
                ORDER BY priority, hand_over_by, promised_by, opened_at, order_no, fulfillment_no LIMIT 500) AS waiting
            WHERE how.zone = '' OR NOT EXISTS (
                SELECT FROM pieces_needed(waiting.order_no, waiting.fulfillment_no) AS need
                WHERE need.quantity > (SELECT coalesce(sum(s.quantity), 0) FROM bin_stock s JOIN bin b ON b.id = s.location || ' ' || s.bin
                                       WHERE s.sku = need.sku AND s.location = how.place AND b.zone = how.zone))
            ORDER BY priority, hand_over_by, promised_by, opened_at, order_no, fulfillment_no
            LIMIT how.most) AS first) AS candidate)
    AS chosen
CROSS JOIN LATERAL pick_plan(how.place, chosen.orders, chosen.numbers) AS plan
ORDER BY asked.key, plan.rank

-- name: pick_scan_load
-- $1 ids of lists
SELECT list_id, scan_id, scan_no, barcode, sku, quantity, bin, taken, actor, scanned_at, undone
FROM pick_scan WHERE list_id = ANY ($1::text[]) ORDER BY list_id, scan_no

-- name: pick_scan_insert
INSERT INTO pick_scan (list_id, scan_id, scan_no, barcode, sku, quantity, bin, taken, actor, scanned_at, undone)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[], $9::text[],
                     $10::timestamptz[], $11::boolean[])

-- name: pick_scan_update
UPDATE pick_scan SET undone = news.undone
FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[], $9::text[],
            $10::timestamptz[], $11::boolean[])
    AS news (list_id, scan_id, scan_no, barcode, sku, quantity, bin, taken, actor, scanned_at, undone)
WHERE pick_scan.list_id = news.list_id AND pick_scan.scan_id = news.scan_id
