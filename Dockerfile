# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-fund --no-audit

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Stillwatch" \
      org.opencontainers.image.description="A reverse proxy that guards a model API" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    STILLWATCH__DATA_DIR=/data \
    STILLWATCH__ADMIN__LISTEN=0.0.0.0:9090
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
COPY config ./config
RUN mkdir /data && chown node:node /data
USER node
# Run with a read-only root: docker run --read-only -v stillwatch:/data …
VOLUME /data
EXPOSE 8080 9090
# No shell and no curl: Node.js asks the guard itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9090/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node is process 1 and handles SIGTERM (drain) and SIGHUP (reload) itself.
ENTRYPOINT ["node", "src/stillwatch.js"]
CMD ["serve", "--config", "config/guard.yaml"]
