-- What happened to an order, what was asked, and what people must look at.

-- name: cancellation_load
SELECT order_no, request_id, state, reason, asked_by, reply_request_id, reply_partition, asked_at, change_no, lines,
       edit_no
FROM cancellation WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, asked_at, request_id

-- name: cancellation_insert
INSERT INTO cancellation (order_no, request_id, state, reason, asked_by, reply_request_id, reply_partition, asked_at,
                          change_no, lines, edit_no)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[],
                     $7::integer[], $8::timestamptz[], $9::smallint[], $10::text[], $11::smallint[])

-- name: cancellation_update
UPDATE cancellation
SET state = news.state, reply_request_id = news.reply_request_id, reply_partition = news.reply_partition,
    change_no = news.change_no, lines = news.lines
FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[], $7::integer[],
            $8::timestamptz[], $9::smallint[], $10::text[], $11::smallint[])
    AS news (order_no, request_id, state, reason, asked_by, reply_request_id, reply_partition, asked_at, change_no, lines,
             edit_no)
WHERE cancellation.order_no = news.order_no AND cancellation.request_id = news.request_id

-- name: timeline_insert
INSERT INTO timeline (order_no, entry_no, axes, clock, at, kind, cause_no, channel, subject, detail, request_id, amounts,
                      pieces)
SELECT * FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::bigint[], $5::timestamptz[], $6::smallint[],
                     $7::integer[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])

-- name: task_load
SELECT order_no, task_no, kind, state, fulfillment_no, matter, choices, choice, change_no, reason, code, request_id,
       opened_at, due_at, closed_at
FROM task WHERE order_no = ANY ($1::bigint[]) ORDER BY order_no, task_no

-- name: task_insert
INSERT INTO task (order_no, task_no, kind, state, fulfillment_no, matter, choices, choice, change_no, reason, code,
                  request_id, opened_at, due_at, closed_at)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[],
                     $7::smallint[], $8::smallint[], $9::smallint[], $10::text[], $11::text[], $12::text[],
                     $13::timestamptz[], $14::timestamptz[], $15::timestamptz[])

-- name: task_update
UPDATE task
SET state = news.state, choice = news.choice, change_no = news.change_no, request_id = news.request_id,
    due_at = news.due_at, closed_at = news.closed_at
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[],
            $7::smallint[], $8::smallint[], $9::smallint[], $10::text[], $11::text[], $12::text[], $13::timestamptz[],
            $14::timestamptz[], $15::timestamptz[])
    AS news (order_no, task_no, kind, state, fulfillment_no, matter, choices, choice, change_no, reason, code,
             request_id, opened_at, due_at, closed_at)
WHERE task.order_no = news.order_no AND task.task_no = news.task_no
