-- No command says that an order is confirmed: a reservation in state 2 is one that some of it left.

COMMENT ON COLUMN reservation.state IS '1 held, 2 partly consumed (some of it left), 3 consumed, 4 released, 5 expired, 6 tombstone (released before it came), 7 short (nothing held)';
COMMENT ON COLUMN reservation.expires_at IS 'A hold of which nothing left by then ends; none when NULL';
