-- What the counting service counts.
CREATE TABLE tally (
    key text COLLATE "C" PRIMARY KEY,
    count bigint NOT NULL,
    sum bigint NOT NULL,
    last_n bigint NOT NULL,
    disorder bigint NOT NULL,
    echoes bigint NOT NULL,
    fired bigint NOT NULL,
    hubbed bigint NOT NULL,
    CONSTRAINT tally_sum_is_small CHECK (sum < 4000000000000)
) WITH (fillfactor = 50);
