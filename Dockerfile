# Dockerfile - the images of Kervan: `kervan` with all services and the kervan command, and `standins`, the world
# outside for a demo.
#
#   docker build --target kervan -t kervan:local .
#
# DEBIAN_IMAGE is a Debian 12 with sources for apt. Packages are the groups build, image and standins of
# deploy/packages.txt.
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${DEBIAN_IMAGE} AS build
COPY deploy/packages.txt deploy/containers/install-packages /usr/local/share/kervan/
RUN sh /usr/local/share/kervan/install-packages build
WORKDIR /src
COPY . .
RUN make LANE=release services cli \
    && strip --strip-debug build/release/bin/kervan* \
    && find proto -type f ! -name '*.json' ! -name '*.yaml' -delete

FROM ${DEBIAN_IMAGE} AS kervan
COPY deploy/packages.txt deploy/containers/install-packages /usr/local/share/kervan/
RUN sh /usr/local/share/kervan/install-packages image \
    && groupadd --gid 10001 kervan \
    && useradd --uid 10001 --gid kervan --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin kervan
COPY --from=build /src/build/release/bin/kervan* /usr/local/bin/
COPY deploy/containers/entry /usr/local/bin/entry
COPY services/notification/templates /usr/share/kervan/templates
COPY --from=build /src/proto /usr/share/kervan/proto
ENV KERVAN_HTTP_BIND=0.0.0.0 \
    KERVAN_HTTP_PORT=8080 \
    KERVAN_DOCS_DIR=/usr/share/kervan/proto \
    KERVAN_TEMPLATES=/usr/share/kervan/templates
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["/usr/local/bin/kervan", "ready"]
ENTRYPOINT ["/usr/local/bin/entry"]

FROM ${DEBIAN_IMAGE} AS standins
COPY deploy/packages.txt deploy/containers/install-packages /usr/local/share/kervan/
RUN sh /usr/local/share/kervan/install-packages standins \
    && groupadd --gid 10002 standins \
    && useradd --uid 10002 --gid standins --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin standins \
    && install -d -o standins -g standins /var/lib/standins
COPY tests/standins /srv/standins
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/standins
USER 10002:10002
VOLUME /var/lib/standins
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["/usr/bin/python3", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["/usr/bin/python3"]
