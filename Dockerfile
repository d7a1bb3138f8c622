# Warren in a container: docker build -t warren .
#
#   docker run -d --name some-rabbit -e RABBITMQ_DEFAULT_USER=admin -e RABBITMQ_DEFAULT_PASS=123456 \
#     -p 15672:15672 -p 5672:5672 warren
#
# scripts/bare-root.sh builds this file without a container engine and shows that it works.

ARG NODE_IMAGE=docker.io/library/node:26-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
# First what changes seldom, so that the dependencies come out of the cache.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund --loglevel=error

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Warren" \
      org.opencontainers.image.description="Message broker that RabbitMQ clients cannot tell from the original" \
      org.opencontainers.image.licenses="Apache-2.0"
# 999 is what the rabbitmq image has as well, so that a volume may change hands.
RUN groupadd --system --gid 999 warren \
 && useradd --system --uid 999 --gid 999 --home-dir /var/lib/warren --shell /usr/sbin/nologin warren \
 && mkdir -p /var/lib/warren /etc/rabbitmq/conf.d \
 && chown warren:warren /var/lib/warren \
 && chmod 700 /var/lib/warren \
# Configuration that is mounted for RabbitMQ is found: /etc/warren is the same directory, and
# warren.conf another name of rabbitmq.conf, be it there or not.
 && ln -s /etc/rabbitmq /etc/warren \
 && ln -s rabbitmq.conf /etc/rabbitmq/warren.conf
COPY packaging/container.conf /etc/rabbitmq/conf.d/10-defaults.conf
WORKDIR /opt/warren
COPY --from=build /src/package.json /src/README.md /src/CHANGELOG.md /src/LICENSE ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
# warren, warrenctl, rabbitmqctl and all other names that package.json gives.
RUN node -e "for (const [name, file] of Object.entries(require('./package.json').bin)) require('node:fs').symlinkSync('/opt/warren/' + file, '/usr/local/bin/' + name)"

ENV WARREN_DATA_DIR=/var/lib/warren \
    NODE_ENV=production
USER warren
WORKDIR /var/lib/warren
VOLUME /var/lib/warren
# AMQP, management, metrics.
EXPOSE 5672 15672 15692
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 \
  CMD ["rabbitmq-diagnostics", "-q", "ping"]
ENTRYPOINT ["warren"]
