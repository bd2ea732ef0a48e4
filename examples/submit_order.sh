#!/bin/bash
# Submits an order over Kafka with kcat, and says what its intake came to: 0 placed, 1 rejected, 2 nothing heard.
#
#   KERVAN_KAFKA=127.0.0.1:9092 examples/submit_order.sh web examples/order.json
set -euo pipefail
channel=$1 file=$2
reference=$(jq -r .channel_order_ref "$file")
order_id=ord_$(printf '%s\nref\n%s' "$channel" "$reference" | openssl dgst -sha256 -binary | head -c 16 |
    base32 | tr -d '=\n' | tr '[:upper:]' '[:lower:]')
began_ms=$(date +%s%3N)

kcat -P -b "$KERVAN_KAFKA" -t "order.requests.$channel" -k "$order_id" -X partitioner=murmur2_random -X acks=all "$file"

# A look that begins before there was anything may begin behind what came meanwhile: the next one finds it.
for _ in {1..60}; do
    event=$(kcat -C -q -e -b "$KERVAN_KAFKA" -t order.events -o "s@$began_ms" -f '%k %h\n' |
        grep "^$order_id " | grep -m 1 -o -E 'kervan\.order\.(placed|rejected)' || true)
    if [ -n "$event" ]; then
        echo "$order_id $event"
        [ "$event" != kervan.order.rejected ]
        exit
    fi
    sleep 0.5
done
exit 2
