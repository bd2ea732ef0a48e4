-- What a service forgets at its housekeeping; one that keeps something for a while only says so in a function of its own.
CREATE FUNCTION forget_old() RETURNS bigint LANGUAGE sql VOLATILE
RETURN 0;
