-- When stock that an order waits for is expected on another day, its timeline says so.

INSERT INTO timeline_kind (kind, type) VALUES (28, 'kervan.inventory.expected.v1');
