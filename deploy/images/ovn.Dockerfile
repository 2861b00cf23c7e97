# OVN's central: both databases and northd.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ovn-central tini \
    && rm -rf /var/lib/apt/lists/*
COPY deploy/images/run-ovn /usr/local/bin/run-ovn
VOLUME /var/lib/ovn
EXPOSE 6641 6642
ENTRYPOINT ["tini", "-g", "--", "run-ovn"]
