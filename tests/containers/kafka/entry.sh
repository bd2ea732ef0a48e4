#!/bin/bash
# entry.sh - KAFKA_A_B in the environment is the setting a.b of the broker, as in the official image.
set -euo pipefail
home=$(mktemp -d)
readonly settings=$home/server.properties logging=$home/log4j.properties
readonly identity=5L6g3nShT-eMCtK--X86sw

for variable in "${!KAFKA_@}"; do
    name=${variable#KAFKA_}
    [ "$name" = HEAP_OPTS ] || printf '%s=%s\n' "$(tr 'A-Z_' 'a-z.' <<<"$name")" "${!variable}"
done >"$settings"
printf '%s\n' log4j.rootLogger=INFO,out log4j.appender.out=org.apache.log4j.ConsoleAppender \
    log4j.appender.out.layout=org.apache.log4j.PatternLayout \
    'log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %c{1} %m%n' >"$logging"

# shellcheck disable=SC2206  # several options in one variable
java=(java ${KAFKA_HEAP_OPTS:-} -XX:+UseSerialGC "-Dlog4j.configuration=file:$logging" -cp '/opt/kafka/lib/*')
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted -t "$identity" -c "$settings"
exec "${java[@]}" kafka.Kafka "$settings"
