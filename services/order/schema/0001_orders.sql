-- Orders: what was ordered, where each is in its life, what happened to it, and what people must look at.

CREATE TABLE orders (
    order_no bigint PRIMARY KEY,
    clock bigint NOT NULL,
    entry_count integer NOT NULL,
    step smallint NOT NULL,
    tries smallint NOT NULL,
    deadline_at timestamptz,
    watch_at timestamptz,
    status smallint NOT NULL,
    payment_status smallint NOT NULL,
    fulfillment_status smallint NOT NULL,
    return_status smallint NOT NULL,
    shopper_status smallint NOT NULL,
    payment_state smallint NOT NULL,
    payment_method smallint NOT NULL,
    tax_mode smallint NOT NULL,
    cancel_reason smallint NOT NULL,
    fulfillment_count smallint NOT NULL,
    refund_count smallint NOT NULL,
    task_count smallint NOT NULL,
    open_tasks smallint NOT NULL,
    open_cancels smallint NOT NULL,
    open_holds smallint NOT NULL,
    detour boolean NOT NULL,
    total_minor bigint NOT NULL,
    shipping_price_minor bigint NOT NULL,
    authorized_minor bigint NOT NULL,
    captured_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    refund_told_minor bigint NOT NULL,
    order_id bytea NOT NULL,
    channel text COLLATE "C" NOT NULL,
    channel_order_ref text COLLATE "C",
    currency text NOT NULL,
    shipping_service text NOT NULL,
    payment_action_url text,
    payment_code text,
    reply_request_id text,
    reply_partition integer NOT NULL,
    placed_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    ended_at timestamptz,
    ship_not_before timestamptz,
    CONSTRAINT orders_refunded_at_most_captured CHECK (refunded_minor <= captured_minor),
    CONSTRAINT orders_terminal_or_awaited CHECK (
        step IN (5, 10, 11) OR open_holds > 0 OR deadline_at IS NOT NULL OR open_tasks > 0)
) WITH (fillfactor = 60);
COMMENT ON TABLE orders IS 'Every order that was submitted, also those refused at intake';
COMMENT ON COLUMN orders.order_no IS 'Lane times 2^40 plus a counter of the lane';
COMMENT ON COLUMN orders.clock IS 'Highest causal clock seen or made; the version of the order';
COMMENT ON COLUMN orders.entry_count IS 'Entries of the timeline so far';
COMMENT ON COLUMN orders.step IS '1 new, 2 reserving, 3 authorizing, 4 awaiting_shopper, 5 fulfilling, 6 canceling, 7 undoing, 8 undoing_stock, 9 undoing_money, 10 ended, 11 completed, 12 held, 13 asking, 14 reducing';
COMMENT ON COLUMN orders.tries IS 'How often the command of this step was told again';
COMMENT ON COLUMN orders.deadline_at IS 'When this step has taken too long; null: it ended, or a person has a task, or the fulfillments have deadlines';
COMMENT ON COLUMN orders.watch_at IS 'When the order''s timer fires next; never later than the earliest deadline of the order and its fulfillments';
COMMENT ON COLUMN orders.status IS '1 draft, 2 placed, 3 confirmed, 4 completed, 5 rejected, 6 canceled, 7 expired';
COMMENT ON COLUMN orders.payment_status IS '1 none, 2 pending, 3 authorized, 4 partially_paid, 5 paid, 6 partially_refunded, 7 refunded, 8 overcharged, 9 voided, 10 failed';
COMMENT ON COLUMN orders.fulfillment_status IS '1 unfulfilled, 2 backordered, 3 partially_fulfilled, 4 fulfilled, 5 partially_delivered, 6 delivered, 7 canceled';
COMMENT ON COLUMN orders.return_status IS '1 none, 2 requested, 3 in_progress, 4 partially_returned, 5 returned';
COMMENT ON COLUMN orders.shopper_status IS '1 pending, 2 processing, 3 partially_shipped, 4 shipped, 5 partially_delivered, 6 delivered, 7 completed, 8 canceled, 9 partially_returned, 10 returned';
COMMENT ON COLUMN orders.payment_state IS '0 never asked for, 1 created, 2 requires_action, 3 authorizing, 4 authorized, 5 capturing, 6 partially_captured, 7 captured, 8 voiding, 9 voided, 10 failed, 11 expired';
COMMENT ON COLUMN orders.payment_method IS '0 unknown, 1 card, 2 bank_transfer, 3 cash_on_delivery, 4 invoice, 5 prepaid';
COMMENT ON COLUMN orders.tax_mode IS '1 inclusive, 2 exclusive';
COMMENT ON COLUMN orders.cancel_reason IS 'Why it ended early: 0 it did not, 1 shopper_request, 2 merchant_request, 3 out_of_stock, 4 payment_declined, 5 payment_expired, 6 fraud, 7 undeliverable, 8 duplicate, 9 expired, 10 other';
COMMENT ON COLUMN orders.fulfillment_count IS 'Fulfillments numbered so far';
COMMENT ON COLUMN orders.refund_count IS 'Refunds numbered so far';
COMMENT ON COLUMN orders.task_count IS 'Tasks numbered so far';
COMMENT ON COLUMN orders.open_tasks IS 'Tasks that wait for a person';
COMMENT ON COLUMN orders.open_cancels IS 'Requests to cancel that wait for an answer';
COMMENT ON COLUMN orders.open_holds IS 'Holds that are not released';
COMMENT ON COLUMN orders.detour IS 'Has it a row in detour';
COMMENT ON COLUMN orders.total_minor IS 'What the shopper pays for what is left of it';
COMMENT ON COLUMN orders.shipping_price_minor IS 'What of it is for shipping';
COMMENT ON COLUMN orders.authorized_minor IS 'As the payment service told';
COMMENT ON COLUMN orders.captured_minor IS 'As the payment service told, in all';
COMMENT ON COLUMN orders.refunded_minor IS 'As the payment service told, in all';
COMMENT ON COLUMN orders.refund_told_minor IS 'What the payment service was told to give back, in all';
COMMENT ON COLUMN orders.order_id IS 'Public id, 16 bytes; found through submission';
COMMENT ON COLUMN orders.channel IS 'Where it came in';
COMMENT ON COLUMN orders.channel_order_ref IS 'The storefront''s own number';
COMMENT ON COLUMN orders.currency IS 'ISO 4217, of all amounts';
COMMENT ON COLUMN orders.shipping_service IS 'What the shopper chose';
COMMENT ON COLUMN orders.payment_action_url IS 'Where the shopper confirms the payment';
COMMENT ON COLUMN orders.payment_code IS 'Why the payment was declined or failed';
COMMENT ON COLUMN orders.reply_request_id IS 'Request that waits for the confirmation; null: none';
COMMENT ON COLUMN orders.reply_partition IS 'Of gateway.replies, for that request';
COMMENT ON COLUMN orders.placed_at IS 'When intake took it or refused it';
COMMENT ON COLUMN orders.confirmed_at IS 'When stock and payment were secured';
COMMENT ON COLUMN orders.ended_at IS 'When it was completed, rejected, canceled or expired';
COMMENT ON COLUMN orders.ship_not_before IS 'Do not ship earlier';

CREATE INDEX orders_by_time ON orders (placed_at DESC, order_no DESC);
CREATE INDEX orders_by_channel ON orders (channel, placed_at DESC, order_no DESC);
CREATE INDEX orders_by_status ON orders (status, placed_at DESC, order_no DESC);
CREATE INDEX orders_by_payment ON orders (payment_status, placed_at DESC, order_no DESC);
CREATE INDEX orders_by_fulfillment ON orders (fulfillment_status, placed_at DESC, order_no DESC);
CREATE INDEX orders_by_ref ON orders (channel_order_ref) WHERE channel_order_ref IS NOT NULL;

CREATE TABLE order_line (
    order_no bigint NOT NULL,
    line_no smallint NOT NULL,
    sku text NOT NULL,
    quantity integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    canceled_quantity integer NOT NULL,
    canceled_minor bigint NOT NULL,
    customization text,
    PRIMARY KEY (order_no, line_no)
);
COMMENT ON TABLE order_line IS 'What was ordered, and what of it was taken off';
COMMENT ON COLUMN order_line.order_no IS 'Of the order';
COMMENT ON COLUMN order_line.line_no IS 'Counts from 1';
COMMENT ON COLUMN order_line.sku IS 'Which item';
COMMENT ON COLUMN order_line.quantity IS 'How many pieces';
COMMENT ON COLUMN order_line.unit_price_minor IS 'Of one piece';
COMMENT ON COLUMN order_line.discount_minor IS 'Off the whole line';
COMMENT ON COLUMN order_line.tax_minor IS 'Of the whole line';
COMMENT ON COLUMN order_line.canceled_quantity IS 'Pieces taken off';
COMMENT ON COLUMN order_line.canceled_minor IS 'What the shopper does not pay for them';
COMMENT ON COLUMN order_line.customization IS 'JSON, what makes it this shopper''s own';

CREATE TABLE order_contact (
    order_no bigint PRIMARY KEY,
    name text,
    email text,
    phone text,
    locale text,
    company text,
    ship_name text,
    ship_company text,
    ship_line1 text,
    ship_line2 text,
    ship_city text,
    ship_region text,
    ship_postal_code text,
    ship_country text,
    bill_name text,
    bill_company text,
    bill_line1 text,
    bill_line2 text,
    bill_city text,
    bill_region text,
    bill_postal_code text,
    bill_country text,
    payment_token text,
    return_url text,
    note text
);
COMMENT ON TABLE order_contact IS 'All personal data of an order, apart so that it can be erased; the bill goes where the goods go when bill_name is null';
COMMENT ON COLUMN order_contact.order_no IS 'Of the order';
COMMENT ON COLUMN order_contact.name IS 'Of the customer';
COMMENT ON COLUMN order_contact.email IS 'Of the customer';
COMMENT ON COLUMN order_contact.phone IS 'Of the customer';
COMMENT ON COLUMN order_contact.locale IS 'Language to write in, BCP 47';
COMMENT ON COLUMN order_contact.company IS 'That the customer orders for';
COMMENT ON COLUMN order_contact.ship_name IS 'Who receives the goods';
COMMENT ON COLUMN order_contact.ship_company IS 'Their company';
COMMENT ON COLUMN order_contact.ship_line1 IS 'Street and number';
COMMENT ON COLUMN order_contact.ship_line2 IS 'What the first line has no room for';
COMMENT ON COLUMN order_contact.ship_city IS 'City';
COMMENT ON COLUMN order_contact.ship_region IS 'State or province';
COMMENT ON COLUMN order_contact.ship_postal_code IS 'As the country writes it';
COMMENT ON COLUMN order_contact.ship_country IS 'ISO 3166';
COMMENT ON COLUMN order_contact.bill_name IS 'Who receives the invoice';
COMMENT ON COLUMN order_contact.bill_company IS 'Their company';
COMMENT ON COLUMN order_contact.bill_line1 IS 'Street and number';
COMMENT ON COLUMN order_contact.bill_line2 IS 'What the first line has no room for';
COMMENT ON COLUMN order_contact.bill_city IS 'City';
COMMENT ON COLUMN order_contact.bill_region IS 'State or province';
COMMENT ON COLUMN order_contact.bill_postal_code IS 'As the country writes it';
COMMENT ON COLUMN order_contact.bill_country IS 'ISO 3166';
COMMENT ON COLUMN order_contact.payment_token IS 'Stands for the means of payment at the provider';
COMMENT ON COLUMN order_contact.return_url IS 'Where the shopper goes after the provider''s page';
COMMENT ON COLUMN order_contact.note IS 'For the people who handle the order';

CREATE TABLE order_refusal (
    order_no bigint NOT NULL,
    error_no smallint NOT NULL,
    pointer text NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (order_no, error_no)
);
COMMENT ON TABLE order_refusal IS 'Why intake refused an order';
COMMENT ON COLUMN order_refusal.order_no IS 'Of the order';
COMMENT ON COLUMN order_refusal.error_no IS 'Counts from 1';
COMMENT ON COLUMN order_refusal.pointer IS 'JSON Pointer into the submission';
COMMENT ON COLUMN order_refusal.detail IS 'What is wrong there';

CREATE TABLE order_fulfillment (
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    step smallint NOT NULL,
    tries smallint NOT NULL,
    deadline_at timestamptz,
    state smallint NOT NULL,
    replaced boolean NOT NULL,
    location text NOT NULL,
    value_minor bigint NOT NULL,
    capture_minor bigint NOT NULL,
    capture_no smallint NOT NULL,
    shipment_no smallint NOT NULL,
    carrier text,
    tracking_number text,
    tracking_status smallint NOT NULL,
    shipped_at timestamptz,
    delivered_at timestamptz,
    PRIMARY KEY (order_no, fulfillment_no)
) WITH (fillfactor = 60);
COMMENT ON TABLE order_fulfillment IS 'One place''s share of an order: fulfillment -F, capture -C and shipment -S of the same number';
COMMENT ON COLUMN order_fulfillment.order_no IS 'Of the order';
COMMENT ON COLUMN order_fulfillment.fulfillment_no IS 'Counts from 1';
COMMENT ON COLUMN order_fulfillment.step IS '1 waiting, 2 told, 3 open, 4 asked, 5 asked_late, 6 capturing, 7 labeling, 8 labeled, 9 shipped, 10 delivered, 11 stopped, 12 given_up, 13 held, 14 packed, 15 reducing, 16 reducing_late, 17 unlabeled, 18 lost, 19 collecting';
COMMENT ON COLUMN order_fulfillment.tries IS 'How often the command of this step was told again';
COMMENT ON COLUMN order_fulfillment.deadline_at IS 'When this step has taken too long; null: it ended, or a person has a task';
COMMENT ON COLUMN order_fulfillment.state IS 'As the place told: 1 scheduled, 2 open, 3 on_hold, 4 picking, 5 picked, 6 assembling, 7 packed, 8 closed, 9 incomplete, 10 canceled';
COMMENT ON COLUMN order_fulfillment.replaced IS 'Another fulfillment took its place, or nothing of it is left';
COMMENT ON COLUMN order_fulfillment.location IS 'Which place';
COMMENT ON COLUMN order_fulfillment.value_minor IS 'What its goods cost the shopper';
COMMENT ON COLUMN order_fulfillment.capture_minor IS 'What was or will be taken for it; 0 before it is packed';
COMMENT ON COLUMN order_fulfillment.capture_no IS 'Number of its capture; 0: its own number';
COMMENT ON COLUMN order_fulfillment.shipment_no IS 'Number of its shipment; 0: its own number';
COMMENT ON COLUMN order_fulfillment.carrier IS 'Who brings it';
COMMENT ON COLUMN order_fulfillment.tracking_number IS 'The carrier''s name of the parcel';
COMMENT ON COLUMN order_fulfillment.tracking_status IS 'As the carrier told: 0 nothing yet, 1 pre_transit, 2 in_transit, 3 out_for_delivery, 4 available_for_pickup, 5 attempt_failed, 6 delivered, 7 return_to_sender, 8 failure';
COMMENT ON COLUMN order_fulfillment.shipped_at IS 'When the carrier got it';
COMMENT ON COLUMN order_fulfillment.delivered_at IS 'When it arrived';

CREATE TABLE order_allocation (
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    line_no smallint NOT NULL,
    quantity integer NOT NULL,
    value_minor bigint NOT NULL,
    PRIMARY KEY (order_no, fulfillment_no, line_no)
);
COMMENT ON TABLE order_allocation IS 'How many pieces of a line a fulfillment makes ready';
COMMENT ON COLUMN order_allocation.order_no IS 'Of the order';
COMMENT ON COLUMN order_allocation.fulfillment_no IS 'Of the fulfillment';
COMMENT ON COLUMN order_allocation.line_no IS 'Of the line';
COMMENT ON COLUMN order_allocation.quantity IS 'Pieces; 0 when all were taken off';
COMMENT ON COLUMN order_allocation.value_minor IS 'What the shopper pays for them';

CREATE TABLE order_parcel (
    order_no bigint NOT NULL,
    fulfillment_no smallint NOT NULL,
    parcel_no smallint NOT NULL,
    weight_grams integer NOT NULL,
    length_mm integer NOT NULL,
    width_mm integer NOT NULL,
    height_mm integer NOT NULL,
    contents text NOT NULL,
    PRIMARY KEY (order_no, fulfillment_no, parcel_no)
);
COMMENT ON TABLE order_parcel IS 'Packed boxes, until they are paid for and shipped';
COMMENT ON COLUMN order_parcel.order_no IS 'Of the order';
COMMENT ON COLUMN order_parcel.fulfillment_no IS 'Of the fulfillment';
COMMENT ON COLUMN order_parcel.parcel_no IS 'Counts from 1';
COMMENT ON COLUMN order_parcel.weight_grams IS 'Weight';
COMMENT ON COLUMN order_parcel.length_mm IS '0 when unknown';
COMMENT ON COLUMN order_parcel.width_mm IS '0 when unknown';
COMMENT ON COLUMN order_parcel.height_mm IS '0 when unknown';
COMMENT ON COLUMN order_parcel.contents IS 'Lines and pieces: 1*2,3*1 is two of line 1 and one of line 3';

CREATE TABLE submission (
    order_id bytea PRIMARY KEY,
    order_no bigint NOT NULL,
    digest bytea NOT NULL
);
COMMENT ON TABLE submission IS 'Which order goes by a public id: the one index over random ids';
COMMENT ON COLUMN submission.order_id IS 'Public id, 16 bytes';
COMMENT ON COLUMN submission.order_no IS 'Of the order';
COMMENT ON COLUMN submission.digest IS 'SHA-256 of the body: the same id with another body is refused';

CREATE TABLE request (
    key text COLLATE "C" NOT NULL,
    order_no bigint NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT request_once PRIMARY KEY (key)
);
COMMENT ON TABLE request IS 'Idempotency-Keys that made an order, unique over all lanes';
COMMENT ON COLUMN request.key IS 'Channel, a space, the key';
COMMENT ON COLUMN request.order_no IS 'The order it made';
COMMENT ON COLUMN request.digest IS 'SHA-256 of the body: the same key with another body is refused';

CREATE TABLE order_counter (
    lane smallint PRIMARY KEY,
    last bigint NOT NULL
) WITH (fillfactor = 40);
COMMENT ON TABLE order_counter IS 'Numbers given in a lane';
COMMENT ON COLUMN order_counter.lane IS 'The lane';
COMMENT ON COLUMN order_counter.last IS 'The last one given';

CREATE TABLE cancellation (
    order_no bigint NOT NULL,
    request_id text NOT NULL,
    state smallint NOT NULL,
    reason smallint NOT NULL,
    asked_by smallint NOT NULL,
    reply_request_id text,
    reply_partition integer NOT NULL,
    asked_at timestamptz NOT NULL,
    change_no smallint NOT NULL,
    lines text,
    PRIMARY KEY (order_no, request_id)
);
COMMENT ON TABLE cancellation IS 'Requests to cancel an order, and how they were answered';
COMMENT ON COLUMN cancellation.order_no IS 'Of the order';
COMMENT ON COLUMN cancellation.request_id IS 'Identity of the request';
COMMENT ON COLUMN cancellation.state IS '1 pending, 2 accepted, 3 refused';
COMMENT ON COLUMN cancellation.reason IS 'As orders.cancel_reason';
COMMENT ON COLUMN cancellation.asked_by IS '1 shopper, 2 merchant, 3 system';
COMMENT ON COLUMN cancellation.reply_request_id IS 'Name under which a gateway waits for the answer; null: nobody waits';
COMMENT ON COLUMN cancellation.reply_partition IS 'Of gateway.replies';
COMMENT ON COLUMN cancellation.asked_at IS 'When it came';
COMMENT ON COLUMN cancellation.change_no IS 'Of its pieces in cut; 0: none yet';
COMMENT ON COLUMN cancellation.lines IS 'Lines and pieces: 1*2,3*1 is two of line 1 and one of line 3; null: the whole order';

CREATE TABLE timeline_kind (
    kind smallint PRIMARY KEY,
    type text NOT NULL UNIQUE,
    told boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE timeline_kind IS 'What may stand in a timeline; the numbers are those of the program';
COMMENT ON COLUMN timeline_kind.kind IS 'Number';
COMMENT ON COLUMN timeline_kind.type IS 'CloudEvents type';
COMMENT ON COLUMN timeline_kind.told IS 'Is it told to storefronts; requests, and what services say to each other about commands, are not';
INSERT INTO timeline_kind (kind, type) VALUES
    (1, 'kervan.order.placed.v1'), (2, 'kervan.order.rejected.v1'), (3, 'kervan.order.confirmed.v1'),
    (4, 'kervan.order.canceled.v1'), (5, 'kervan.order.expired.v1'), (6, 'kervan.order.completed.v1'),
    (7, 'kervan.order.cancel.v1'), (8, 'kervan.order.held.v1'), (9, 'kervan.order.hold_released.v1'),
    (10, 'kervan.order.note.v1'), (11, 'kervan.order.reduced.v1'), (12, 'kervan.order.asked.v1'),
    (13, 'kervan.order.answered.v1'), (14, 'kervan.order.delayed.v1'), (15, 'kervan.order.task_decided.v1'),
    (20, 'kervan.inventory.reserved.v1'), (21, 'kervan.inventory.short.v1'), (22, 'kervan.inventory.released.v1'),
    (23, 'kervan.inventory.consumed.v1'), (24, 'kervan.inventory.refused.v1'), (25, 'kervan.inventory.backordered.v1'),
    (26, 'kervan.inventory.allocated.v1'), (27, 'kervan.inventory.taken_back.v1'),
    (40, 'kervan.payment.authorized.v1'), (41, 'kervan.payment.declined.v1'),
    (42, 'kervan.payment.requires_action.v1'), (43, 'kervan.payment.captured.v1'),
    (44, 'kervan.payment.failed.v1'), (45, 'kervan.payment.refused.v1'), (46, 'kervan.payment.voided.v1'),
    (47, 'kervan.payment.refunded.v1'), (48, 'kervan.payment.lapsed.v1'), (49, 'kervan.payment.money_received.v1'),
    (60, 'kervan.fulfillment.opened.v1'), (61, 'kervan.fulfillment.picked.v1'),
    (62, 'kervan.fulfillment.assembled.v1'), (63, 'kervan.fulfillment.packed.v1'),
    (64, 'kervan.fulfillment.canceled.v1'), (65, 'kervan.fulfillment.cancel_refused.v1'),
    (66, 'kervan.fulfillment.refused.v1'), (67, 'kervan.fulfillment.on_hold.v1'),
    (68, 'kervan.fulfillment.resumed.v1'), (69, 'kervan.fulfillment.shorted.v1'),
    (70, 'kervan.fulfillment.reduced.v1'), (71, 'kervan.fulfillment.reduce_refused.v1'),
    (80, 'kervan.shipment.labeled.v1'), (81, 'kervan.shipment.shipped.v1'), (82, 'kervan.shipment.delivered.v1'),
    (83, 'kervan.shipment.tracked.v1'), (84, 'kervan.shipment.failed.v1'), (85, 'kervan.shipment.refused.v1'),
    (86, 'kervan.shipment.voided.v1');
UPDATE timeline_kind SET told = false
WHERE type ~ '[.](cancel|note|task_decided|refused|cancel_refused|reduce_refused)[.]v1$';

CREATE TABLE timeline (
    order_no bigint NOT NULL,
    entry_no integer NOT NULL,
    axes integer NOT NULL,
    clock bigint NOT NULL,
    at timestamptz NOT NULL,
    kind smallint NOT NULL,
    cause_no integer NOT NULL,
    channel text COLLATE "C" NOT NULL,
    subject text,
    detail text,
    request_id text,
    amounts text,
    pieces text,
    PRIMARY KEY (order_no, entry_no)
);
COMMENT ON TABLE timeline IS 'Every fact of an order, seen or made, and every request but its own submission; append-only';
COMMENT ON COLUMN timeline.order_no IS 'Of the order';
COMMENT ON COLUMN timeline.entry_no IS 'Counts from 1 in the order of arrival';
COMMENT ON COLUMN timeline.axes IS 'How the order was then, four bits each: status, payment_status, fulfillment_status, return_status, shopper_status, payment_state, cancel_reason';
COMMENT ON COLUMN timeline.clock IS 'Causal clock of the fact: sorts across services';
COMMENT ON COLUMN timeline.at IS 'When it was seen or made here: the instant of the batch, which no other batch of the lane has';
COMMENT ON COLUMN timeline.kind IS 'A row of timeline_kind';
COMMENT ON COLUMN timeline.cause_no IS 'Entry that it followed from; 0: none';
COMMENT ON COLUMN timeline.channel IS 'Of the order';
COMMENT ON COLUMN timeline.subject IS 'What of the order it is about: F1 is its first fulfillment; null: the order';
COMMENT ON COLUMN timeline.detail IS 'A reason or a code; no personal data';
COMMENT ON COLUMN timeline.request_id IS 'Identity of the request that came, or that made it';
COMMENT ON COLUMN timeline.amounts IS 'Its total, authorized, captured and refunded amounts then, with commas between; null: as before';
COMMENT ON COLUMN timeline.pieces IS 'What was taken off: 1*2,3*1 is two pieces of line 1 and one of line 3';
-- Rows of one batch share an entry: seven bytes a fact.
CREATE INDEX timeline_by_channel ON timeline (channel, at);

CREATE TABLE task (
    order_no bigint NOT NULL,
    task_no smallint NOT NULL,
    kind smallint NOT NULL,
    state smallint NOT NULL,
    fulfillment_no smallint NOT NULL,
    matter smallint NOT NULL,
    choices smallint NOT NULL,
    choice smallint NOT NULL,
    change_no smallint NOT NULL,
    reason text NOT NULL,
    code text,
    request_id text,
    opened_at timestamptz NOT NULL,
    due_at timestamptz,
    closed_at timestamptz,
    PRIMARY KEY (order_no, task_no)
);
COMMENT ON TABLE task IS 'What a person must look at; closed when the order goes on';
COMMENT ON COLUMN task.order_no IS 'Of the order';
COMMENT ON COLUMN task.task_no IS 'Counts from 1';
COMMENT ON COLUMN task.kind IS '1 stock, 2 payment, 3 fulfillment, 4 shipping, 5 cancellation';
COMMENT ON COLUMN task.state IS '1 open, 2 closed';
COMMENT ON COLUMN task.fulfillment_no IS 'Which share of the order; 0: the whole';
COMMENT ON COLUMN task.matter IS 'What it is about, as the program counts: one of a kind is open at a time';
COMMENT ON COLUMN task.choices IS 'What is offered: 2 again, 4 cancel, 8 reduce, 16 wait, 32 done_by_hand, 64 resend, 128 refund, 256 keep';
COMMENT ON COLUMN task.choice IS 'What was decided: 0 nothing, 1 again, 2 cancel, 3 reduce, 4 wait, 5 done_by_hand, 6 resend, 7 refund, 8 keep';
COMMENT ON COLUMN task.change_no IS 'Of the pieces in cut that it is about; 0: none';
COMMENT ON COLUMN task.reason IS 'What happened or did not happen';
COMMENT ON COLUMN task.code IS 'Reason that another service gave';
COMMENT ON COLUMN task.request_id IS 'Identity of the request that decided it';
COMMENT ON COLUMN task.due_at IS 'When what it waits for should have been there';
COMMENT ON COLUMN task.opened_at IS 'Since when it waits';
COMMENT ON COLUMN task.closed_at IS 'When the order went on';
CREATE INDEX task_by_state ON task (state, opened_at, order_no, task_no);

CREATE TABLE detour (
    order_no bigint PRIMARY KEY,
    hold_count smallint NOT NULL,
    hold_until timestamptz,
    note_count smallint NOT NULL,
    reservation_no smallint NOT NULL,
    release_no smallint NOT NULL,
    waiting_quantity integer NOT NULL,
    stock_due_at timestamptz,
    stock_policy smallint NOT NULL,
    ask_ms bigint NOT NULL,
    choice smallint NOT NULL,
    payment_no smallint NOT NULL,
    earlier_captured_minor bigint NOT NULL,
    earlier_refunded_minor bigint NOT NULL,
    change_count smallint NOT NULL,
    open_change smallint NOT NULL,
    number_anew smallint NOT NULL,
    payment_reference text,
    asked text
);
COMMENT ON TABLE detour IS 'What an order has only once it leaves the straight way: most have no row here';
COMMENT ON COLUMN detour.order_no IS 'Of the order';
COMMENT ON COLUMN detour.hold_count IS 'Holds numbered so far';
COMMENT ON COLUMN detour.hold_until IS 'When the first of its open holds ends by itself; null: none does';
COMMENT ON COLUMN detour.note_count IS 'Notes numbered so far';
COMMENT ON COLUMN detour.reservation_no IS 'Number of its present reservation';
COMMENT ON COLUMN detour.release_no IS 'Partial releases numbered so far';
COMMENT ON COLUMN detour.waiting_quantity IS 'Pieces that wait for stock on its way';
COMMENT ON COLUMN detour.stock_due_at IS 'When that stock should be there; null: nothing waits, or a person knows';
COMMENT ON COLUMN detour.stock_policy IS 'The channel''s when the order was placed: 0 as 1, 1 reject, 2 backorder, 3 partial, 4 ask';
COMMENT ON COLUMN detour.ask_ms IS 'How long the shopper may think';
COMMENT ON COLUMN detour.choice IS 'What the shopper answered: 0 nothing, 1 wait, 2 accept_partial, 3 cancel';
COMMENT ON COLUMN detour.payment_no IS 'Number of its present payment';
COMMENT ON COLUMN detour.earlier_captured_minor IS 'Taken by the payments before it';
COMMENT ON COLUMN detour.earlier_refunded_minor IS 'And given back of that';
COMMENT ON COLUMN detour.change_count IS 'Changes to its pieces numbered so far';
COMMENT ON COLUMN detour.open_change IS 'The one that its places were asked about; 0: none';
COMMENT ON COLUMN detour.number_anew IS 'Highest number of a capture or shipment that is not its fulfillment''s';
COMMENT ON COLUMN detour.payment_reference IS 'What the shopper writes on a transfer';
COMMENT ON COLUMN detour.asked IS 'Pieces that the shopper was asked about: 1*2,3*1 is two of line 1 and one of line 3; null: never asked';

CREATE TABLE hold (
    order_no bigint NOT NULL,
    hold_no smallint NOT NULL,
    reason smallint NOT NULL,
    request_id text,
    placed_by text,
    note text,
    until timestamptz,
    held_at timestamptz NOT NULL,
    released_at timestamptz,
    PRIMARY KEY (order_no, hold_no)
);
COMMENT ON TABLE hold IS 'Why an order waits: it goes on when all are released';
COMMENT ON COLUMN hold.order_no IS 'Of the order';
COMMENT ON COLUMN hold.hold_no IS 'Counts from 1';
COMMENT ON COLUMN hold.reason IS '1 payment, 2 fraud, 3 address, 4 stock, 5 manual, 6 scheduled, 7 return_items, 8 other';
COMMENT ON COLUMN hold.request_id IS 'Identity of the request; null: the channel wants a person''s word';
COMMENT ON COLUMN hold.placed_by IS 'Who asked';
COMMENT ON COLUMN hold.note IS 'For the people who handle the order';
COMMENT ON COLUMN hold.until IS 'When it ends by itself; null: when a person ends it';
COMMENT ON COLUMN hold.held_at IS 'Since when';
COMMENT ON COLUMN hold.released_at IS 'Until when; null: still';

CREATE TABLE note (
    order_no bigint NOT NULL,
    note_no smallint NOT NULL,
    request_id text NOT NULL,
    written_by text,
    note text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (order_no, note_no)
);
COMMENT ON TABLE note IS 'What people wrote down about an order; may hold personal data';
COMMENT ON COLUMN note.order_no IS 'Of the order';
COMMENT ON COLUMN note.note_no IS 'Counts from 1';
COMMENT ON COLUMN note.request_id IS 'Identity of the request';
COMMENT ON COLUMN note.written_by IS 'Who';
COMMENT ON COLUMN note.note IS 'What';
COMMENT ON COLUMN note.written_at IS 'When';

CREATE TABLE cut (
    order_no bigint NOT NULL,
    change_no smallint NOT NULL,
    fulfillment_no smallint NOT NULL,
    line_no smallint NOT NULL,
    quantity integer NOT NULL,
    state smallint NOT NULL,
    held_at text,
    PRIMARY KEY (order_no, change_no, fulfillment_no, line_no)
);
COMMENT ON TABLE cut IS 'Pieces that places were asked to leave out, or that a person is to decide about';
COMMENT ON COLUMN cut.order_no IS 'Of the order';
COMMENT ON COLUMN cut.change_no IS 'Which change';
COMMENT ON COLUMN cut.fulfillment_no IS 'Of which fulfillment; 0: of those that wait for stock';
COMMENT ON COLUMN cut.line_no IS 'Of which line';
COMMENT ON COLUMN cut.quantity IS 'Pieces';
COMMENT ON COLUMN cut.state IS '1 asked, 2 left out by the place';
COMMENT ON COLUMN cut.held_at IS 'Place whose stock is held for them; null: none is';

CREATE TABLE refund (
    order_no bigint NOT NULL,
    refund_no smallint NOT NULL,
    payment_no smallint NOT NULL,
    amount_minor bigint NOT NULL,
    state smallint NOT NULL,
    PRIMARY KEY (order_no, refund_no)
);
COMMENT ON TABLE refund IS 'What the payment service was told to give back';
COMMENT ON COLUMN refund.order_no IS 'Of the order';
COMMENT ON COLUMN refund.refund_no IS 'Counts from 1';
COMMENT ON COLUMN refund.payment_no IS 'Of which payment';
COMMENT ON COLUMN refund.amount_minor IS 'How much';
COMMENT ON COLUMN refund.state IS '1 told, 2 done, 3 refused or told anew under another number, 4 failed';

CREATE TABLE past_payment (
    order_no bigint NOT NULL,
    payment_no smallint NOT NULL,
    authorized_minor bigint NOT NULL,
    captured_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    refund_told_minor bigint NOT NULL,
    PRIMARY KEY (order_no, payment_no)
);
COMMENT ON TABLE past_payment IS 'Payments that another one took the place of, because the provider let go of them';
COMMENT ON COLUMN past_payment.order_no IS 'Of the order';
COMMENT ON COLUMN past_payment.payment_no IS 'Counts from 1';
COMMENT ON COLUMN past_payment.authorized_minor IS 'As the payment service told';
COMMENT ON COLUMN past_payment.captured_minor IS 'As the payment service told, in all';
COMMENT ON COLUMN past_payment.refunded_minor IS 'As the payment service told, in all';
COMMENT ON COLUMN past_payment.refund_told_minor IS 'What the payment service was told to give back, in all';

CREATE TABLE channel (
    code text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    name text,
    stock_policy smallint NOT NULL,
    ask_ms bigint NOT NULL,
    silenced bigint NOT NULL,
    by_person boolean NOT NULL
);
COMMENT ON TABLE channel IS 'How the orders of a channel are treated; one without a row rejects what it cannot ship';
COMMENT ON COLUMN channel.code IS 'Which channel';
COMMENT ON COLUMN channel.version IS 'Grows with every change';
COMMENT ON COLUMN channel.name IS 'What people call it';
COMMENT ON COLUMN channel.stock_policy IS '1 reject, 2 backorder, 3 partial, 4 ask';
COMMENT ON COLUMN channel.ask_ms IS 'How long a shopper may think; 0: as the program says';
COMMENT ON COLUMN channel.silenced IS 'What its customers are not told by us: two to the power of each message''s number';
COMMENT ON COLUMN channel.by_person IS 'Are its orders confirmed by a person';

-- The public id of an order as text: ord_ and base32 (RFC 4648, lower case) of its 16 bytes.
CREATE FUNCTION order_id_text(id bytea) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT 'ord_' || string_agg(substr('abcdefghijklmnopqrstuvwxyz234567',
        1 + (substring(bits FROM 5 * n + 1 FOR 5))::bit(5)::integer, 1), '' ORDER BY n)
    FROM (SELECT ('x' || encode(id, 'hex'))::varbit || B'00' AS bits) AS padded, generate_series(0, 25) AS n
$$;

-- The way back, for whole ids and beginnings of ids: the smallest or (upper) the largest id that begins so; null: none does.
CREATE FUNCTION order_id_bound(id_prefix text, upper boolean) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN id_prefix ~ '^ord_[a-z2-7]{0,26}$' THEN (
        SELECT decode(string_agg(lpad(to_hex((substring(bits FROM 8 * n + 1 FOR 8))::bit(8)::integer), 2, '0'), ''
                                 ORDER BY n), 'hex')
        FROM (SELECT string_agg((strpos('abcdefghijklmnopqrstuvwxyz234567',
                  substr(rpad(substr(id_prefix, 5), 26, CASE WHEN upper THEN '7' ELSE 'a' END), k, 1)) - 1)::bit(5)::text,
                  '' ORDER BY k) AS bits FROM generate_series(1, 26) AS k) AS characters,
             generate_series(0, 15) AS n) END
$$;

-- Words for numbers, in the order of the lists above; null for null and 0.
CREATE FUNCTION order_status_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['draft', 'placed', 'confirmed', 'completed', 'rejected', 'canceled', 'expired'])[number]
$$;
CREATE FUNCTION payment_status_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['none', 'pending', 'authorized', 'partially_paid', 'paid', 'partially_refunded', 'refunded',
                  'overcharged', 'voided', 'failed'])[number]
$$;
CREATE FUNCTION fulfillment_status_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['unfulfilled', 'backordered', 'partially_fulfilled', 'fulfilled', 'partially_delivered', 'delivered',
                  'canceled'])[number]
$$;
CREATE FUNCTION shopper_status_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['pending', 'processing', 'partially_shipped', 'shipped', 'partially_delivered', 'delivered',
                  'completed', 'canceled', 'partially_returned', 'returned'])[number]
$$;
CREATE FUNCTION payment_state_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['created', 'requires_action', 'authorizing', 'authorized', 'capturing', 'partially_captured',
                  'captured', 'voiding', 'voided', 'failed', 'expired'])[number]
$$;
CREATE FUNCTION payment_method_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['card', 'bank_transfer', 'cash_on_delivery', 'invoice', 'prepaid'])[number]
$$;
CREATE FUNCTION fulfillment_state_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['scheduled', 'open', 'on_hold', 'picking', 'picked', 'assembling', 'packed', 'closed', 'incomplete',
                  'canceled'])[number]
$$;
CREATE FUNCTION tracking_status_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['pre_transit', 'in_transit', 'out_for_delivery', 'available_for_pickup', 'attempt_failed',
                  'delivered', 'return_to_sender', 'failure'])[number]
$$;
CREATE FUNCTION cancel_reason_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['shopper_request', 'merchant_request', 'out_of_stock', 'payment_declined', 'payment_expired', 'fraud',
                  'undeliverable', 'duplicate', 'expired', 'other'])[number]
$$;
CREATE FUNCTION task_kind_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['stock', 'payment', 'fulfillment', 'shipping', 'cancellation'])[number]
$$;

CREATE FUNCTION hold_reason_word(number smallint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ARRAY['payment', 'fraud', 'address', 'stock', 'manual', 'scheduled', 'return_items', 'other'])[number]
$$;
-- What a step of a share means for its parcel.
CREATE FUNCTION shipment_state_word(step smallint, shipped_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN step = 8 THEN 'labeled' WHEN step IN (10, 19) THEN 'delivered'
                WHEN shipped_at IS NOT NULL OR step IN (9, 18) THEN 'shipped' ELSE 'created' END
$$;
-- Sets of words: two to the power of each one's number.
CREATE FUNCTION task_choice_words(choices smallint) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg((ARRAY['again', 'cancel', 'reduce', 'wait', 'done_by_hand', 'resend', 'refund', 'keep'])[n] ORDER BY n)
    FROM generate_series(1, 8) AS n WHERE choices::integer >> n & 1 = 1
$$;
CREATE FUNCTION customer_message_words(messages bigint) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg((ARRAY['received', 'confirmed', 'shipped', 'delivered', 'canceled', 'rejected', 'expired',
        'payment_awaited', 'payment_failed', 'choice_asked', 'reduced', 'partly_shipped', 'delayed', 'refunded',
        'completed'])[n] ORDER BY n)
    FROM generate_series(1, 15) AS n WHERE messages >> n & 1 = 1
$$;

-- The way back, for filters; -1 for what is no such word, which no row has.
CREATE FUNCTION order_status_number(word text) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce((SELECT n FROM generate_series(1, 7) AS n WHERE order_status_word(n::smallint) = word), -1)::smallint
$$;
CREATE FUNCTION payment_status_number(word text) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce((SELECT n FROM generate_series(1, 10) AS n WHERE payment_status_word(n::smallint) = word), -1)::smallint
$$;
CREATE FUNCTION fulfillment_status_number(word text) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce((SELECT n FROM generate_series(1, 7) AS n WHERE fulfillment_status_word(n::smallint) = word), -1)::smallint
$$;

-- Who ordered, and where it goes; null where it is not known, or was erased.
CREATE FUNCTION order_customer(number bigint) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('name', name, 'email', email, 'phone', phone, 'locale', locale, 'company', company)
    FROM order_contact WHERE order_no = number AND name IS NOT NULL
$$;
CREATE FUNCTION order_ship_to(number bigint) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('name', ship_name, 'company', ship_company, 'line1', ship_line1, 'line2', ship_line2,
        'city', ship_city, 'region', ship_region, 'postal_code', ship_postal_code, 'country', ship_country)
    FROM order_contact WHERE order_no = number AND ship_name IS NOT NULL
$$;
CREATE FUNCTION order_bill_to(number bigint) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('name', bill_name, 'company', bill_company, 'line1', bill_line1, 'line2', bill_line2,
        'city', bill_city, 'region', bill_region, 'postal_code', bill_postal_code, 'country', bill_country)
    FROM order_contact WHERE order_no = number AND bill_name IS NOT NULL
$$;

-- RFC 3339 in UTC with milliseconds.
CREATE FUNCTION instant_text(instant timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- What an order waits for, in a word, since when it was not heard of, and when that is too long; null: it is over.
CREATE FUNCTION order_waiting(o orders) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('awaited', coalesce(
            CASE WHEN o.open_tasks > 0 THEN 'person' WHEN o.open_holds > 0 AND o.step IN (5, 12) THEN 'release' END,
            (ARRAY['stock', 'stock', 'payment', 'shopper', NULL, 'fulfillment', 'give_back', 'give_back', 'give_back',
                   NULL, NULL, 'release', 'shopper', 'fulfillment'])[o.step],
            (SELECT (ARRAY['fulfillment', 'fulfillment', 'fulfillment', 'fulfillment', 'fulfillment', 'capture',
                           'carrier', 'carrier', 'delivery', NULL, NULL, 'person', 'release', 'capture', 'fulfillment',
                           'fulfillment', 'person', 'person', 'capture'])[f.step]
             FROM order_fulfillment f WHERE f.order_no = o.order_no AND f.step NOT IN (10, 11) AND NOT f.replaced
             ORDER BY f.deadline_at, f.fulfillment_no LIMIT 1), 'stock'),
        'since', (SELECT instant_text(max(t.at)) FROM timeline t WHERE t.order_no = o.order_no),
        'due_at', instant_text(coalesce(o.deadline_at,
            (SELECT min(f.deadline_at) FROM order_fulfillment f WHERE f.order_no = o.order_no),
            (SELECT least(d.hold_until, d.stock_due_at) FROM detour d WHERE d.order_no = o.order_no))))
    WHERE o.step NOT IN (10, 11) OR o.open_tasks > 0
$$;

-- The question to the shopper, where there was one.
CREATE FUNCTION order_question(o orders) RETURNS json
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT json_build_object('open', o.step = 13,
        'missing', (SELECT json_agg(json_build_object('line_no', l.line_no, 'sku', l.sku,
                'quantity', split_part(piece, '*', 2)::integer) ORDER BY l.line_no)
            FROM string_to_table(d.asked, ',') AS piece
            JOIN order_line l ON l.order_no = o.order_no AND l.line_no = split_part(piece, '*', 1)::smallint),
        'expires_at', CASE WHEN o.step = 13 THEN instant_text(o.deadline_at) END,
        'choice', (ARRAY['wait', 'accept_partial', 'cancel'])[d.choice])
    FROM detour d WHERE d.order_no = o.order_no AND d.asked IS NOT NULL
$$;
CREATE FUNCTION task_shown(t task, order_id bytea) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object('id', order_id_text(order_id) || '-T' || t.task_no, 'order_id', order_id_text(order_id),
        'fulfillment_id', order_id_text(order_id) || '-F' || nullif(t.fulfillment_no, 0),
        'kind', task_kind_word(t.kind), 'state', (ARRAY['open', 'closed'])[t.state], 'reason', t.reason,
        'choices', task_choice_words(t.choices), 'choice', (task_choice_words((1 << t.choice)::smallint))[1],
        'opened_at', instant_text(t.opened_at), 'due_at', instant_text(t.due_at),
        'closed_at', instant_text(t.closed_at))
$$;

CREATE INDEX orders_with_tasks ON orders (placed_at DESC, order_no DESC) WHERE open_tasks > 0;
