# syntax=docker/dockerfile:1
# API, scheduler and migrations; the command says which. Build it from the root:
#
#   docker build --file infra/docker/server.Dockerfile --tag meeboter-server .
#
# There is no build step: Node strips the types when it loads a file. It does not do
# that for files in node_modules, so the image keeps the workspace: the node_modules
# of a room link to /app/<room>, and none of our code is copied into them.

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

# Generates the database client with Prisma's command line, a development package of
# the root. Prisma checks that an engine binary exists, but never runs it.
FROM workspace AS client
RUN pnpm install --frozen-lockfile --filter meeboter
COPY prisma/schema.prisma prisma/prisma.config.ts prisma/
RUN PRISMA_SCHEMA_ENGINE_BINARY=/bin/true PRISMA_HIDE_UPDATE_MESSAGE=1 \
    node_modules/.bin/prisma generate --schema prisma/schema.prisma

# pnpm installs the packages of the root with every filter. The root has development
# packages only, so --prod leaves them out.
FROM workspace AS packages
RUN pnpm install --frozen-lockfile --prod --filter-prod "@meeboter/api..." --filter-prod "@meeboter/scripts..."

FROM node:24-bookworm-slim AS server
# The compile cache keeps stripped and compiled code. A small young generation halves the memory
# of a server for a tenth more CPU (docs/benchmarks.md).
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile-cache NODE_OPTIONS=--max-semi-space-size=4
WORKDIR /app
COPY --from=packages /app ./
COPY domain domain
COPY chassis chassis
COPY prisma prisma
COPY --from=client /app/prisma/generated prisma/generated
COPY deployer deployer
COPY scheduler scheduler
COPY booking booking
COPY api api
COPY scripts/create-account.ts scripts/migrate.ts scripts/
COPY infra/docker/healthy.mjs infra/docker/
USER node
EXPOSE 3000
CMD ["node", "api/main.ts"]
