# syntax=docker/dockerfile:1
# The images that need a browser. Build from the root, one target each:
#
#   docker build --file infra/docker/bot.Dockerfile --target bot      --tag meeboter-bot .
#   docker build --file infra/docker/bot.Dockerfile --target deployer --tag meeboter-deployer .
#   docker build --file infra/docker/bot.Dockerfile --target lab      --tag meeboter-lab .
#
# bot: the bot, without server code. deployer: the deployer with its local platform,
# whose bots run in the same container. lab: meetings for trying out.
# server.Dockerfile explains how the rooms get into an image.

FROM node:24-bookworm-slim AS workspace
ENV CI=true
RUN npm install --global pnpm@12.21.0
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY api/package.json api/
COPY booking/package.json booking/
COPY bot/package.json bot/
COPY chassis/package.json chassis/
COPY deployer/package.json deployer/
COPY domain/package.json domain/
COPY infra/package.json infra/
COPY lab/package.json lab/
COPY prisma/package.json prisma/
COPY scheduler/package.json scheduler/
COPY scripts/package.json scripts/

FROM workspace AS client
RUN pnpm install --frozen-lockfile --filter meeboter
COPY prisma/schema.prisma prisma/prisma.config.ts prisma/
RUN PRISMA_SCHEMA_ENGINE_BINARY=/bin/true PRISMA_HIDE_UPDATE_MESSAGE=1 \
    node_modules/.bin/prisma generate --schema prisma/schema.prisma

FROM workspace AS bot-packages
RUN pnpm install --frozen-lockfile --prod --filter-prod "@meeboter/bot..."

FROM workspace AS lab-packages
RUN pnpm install --frozen-lockfile --prod --filter-prod "@meeboter/lab..."

FROM workspace AS deployer-packages
RUN pnpm install --frozen-lockfile --prod --filter-prod "@meeboter/deployer..." --filter-prod "@meeboter/bot..."

# The programs that a bot needs. setpriv, which ends helpers together with the bot,
# comes with the base image. The folder for the sockets of X servers is made here,
# because only root can make it.
FROM node:24-bookworm-slim AS machine
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates chromium ffmpeg pulseaudio tini xvfb \
      fonts-liberation fonts-noto-cjk fonts-noto-color-emoji fonts-noto-core \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir --mode=1777 /tmp/.X11-unix
COPY --chmod=755 infra/docker/chromium /usr/local/bin/meeboter-chromium
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile-cache NODE_OPTIONS=--max-semi-space-size=4 \
    CHROMIUM_PATH=/usr/local/bin/meeboter-chromium
WORKDIR /app
# tini forwards SIGTERM to Node and reaps the processes that Chromium leaves behind.
ENTRYPOINT ["/usr/bin/tini", "-s", "--"]

FROM machine AS lab
COPY --from=lab-packages /app/node_modules node_modules
COPY --from=lab-packages /app/lab lab
COPY lab lab
USER node
ENV HOST=0.0.0.0 \
    PORT=8090
EXPOSE 8090
CMD ["node", "lab/main.ts"]

FROM machine AS deployer
COPY --from=deployer-packages /app ./
COPY domain domain
COPY chassis chassis
COPY prisma prisma
COPY --from=client /app/prisma/generated prisma/generated
COPY scheduler scheduler
COPY deployer deployer
COPY bot bot
COPY infra/docker/healthy.mjs infra/docker/
# A new volume that is mounted here gets the owner of this folder.
RUN install --directory --owner=node --group=node /var/lib/meeboter/runtimes
USER node
ENV RUNTIME_DIR=/var/lib/meeboter/runtimes \
    HEALTH_PORT=8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "infra/docker/healthy.mjs", "http://127.0.0.1:8081/readyz"]
CMD ["node", "deployer/container.ts"]

# The last stage is built when no target is given. There is no HEALTHCHECK: the API
# watches the lease of each bot.
FROM machine AS bot
COPY --from=bot-packages /app/node_modules node_modules
COPY --from=bot-packages /app/bot bot
COPY --from=bot-packages /app/domain domain
COPY domain domain
COPY bot bot
USER node
CMD ["node", "bot/main.ts"]
