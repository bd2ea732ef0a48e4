-- How the orders of a channel are treated.

-- name: channel_load
SELECT code, version, name, stock_policy, ask_ms, silenced, by_person, address_check, hold_at, reject_at,
       counted, number_prefix, number_yearly, number_digits, payment_deadline_ms, payment_methods, languages,
       delivery_options, draft_ttl_ms, edit_window_ms, invoice_series, tax_policy
FROM channel WHERE code = ANY ($1::text[])

-- name: channel_insert
INSERT INTO channel (code, version, name, stock_policy, ask_ms, silenced, by_person, address_check, hold_at, reject_at,
                     counted, number_prefix, number_yearly, number_digits, payment_deadline_ms, payment_methods, languages,
                     delivery_options, draft_ttl_ms, edit_window_ms, invoice_series, tax_policy)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::boolean[],
                     $8::smallint[], $9::smallint[], $10::smallint[], $11::smallint[], $12::text[], $13::boolean[],
                     $14::smallint[], $15::bigint[], $16::smallint[], $17::text[], $18::text[], $19::bigint[], $20::bigint[],
                     $21::text[], $22::text[])

-- name: channel_update
UPDATE channel
SET version = news.version, name = news.name, stock_policy = news.stock_policy, ask_ms = news.ask_ms,
    silenced = news.silenced, by_person = news.by_person, address_check = news.address_check,
    hold_at = news.hold_at, reject_at = news.reject_at, counted = news.counted, number_prefix = news.number_prefix,
    number_yearly = news.number_yearly, number_digits = news.number_digits, payment_deadline_ms = news.payment_deadline_ms,
    payment_methods = news.payment_methods, languages = news.languages, delivery_options = news.delivery_options,
    draft_ttl_ms = news.draft_ttl_ms, edit_window_ms = news.edit_window_ms,
    invoice_series = news.invoice_series, tax_policy = news.tax_policy
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::boolean[],
            $8::smallint[], $9::smallint[], $10::smallint[], $11::smallint[], $12::text[], $13::boolean[],
            $14::smallint[], $15::bigint[], $16::smallint[], $17::text[], $18::text[], $19::bigint[], $20::bigint[],
            $21::text[], $22::text[])
    AS news (code, version, name, stock_policy, ask_ms, silenced, by_person, address_check, hold_at, reject_at,
             counted, number_prefix, number_yearly, number_digits, payment_deadline_ms, payment_methods, languages,
             delivery_options, draft_ttl_ms, edit_window_ms, invoice_series, tax_policy)
WHERE channel.code = news.code
