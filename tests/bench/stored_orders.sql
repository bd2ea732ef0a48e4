-- Which orders are to be stored: each a copy of a model, a chunk at a time; made for one session.

CREATE TEMP TABLE copied (
    n bigint PRIMARY KEY,
    model_no bigint NOT NULL,
    order_no bigint NOT NULL,
    order_id bytea NOT NULL,
    ref text NOT NULL,
    placed_at timestamptz NOT NULL,
    shift interval
);
