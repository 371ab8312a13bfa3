# syntax=docker/dockerfile:1
# API, scheduler and migrations; the command says which. Build it from the root:
#
#   docker build --file infra/docker/server.Dockerfile --tag meeboter-server .
#
# There is no build step: Node strips the types while it loads. It does not do
# that below node_modules, so the rooms stay a workspace: node_modules links to
# /app/<room>, and nothing of ours is copied into it.

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
COPY lab/package.json lab/
COPY prisma/package.json prisma/
COPY scheduler/package.json scheduler/

# The database client is generated. The engine binary is only looked for, never run.
FROM workspace AS client
RUN pnpm install --frozen-lockfile --filter "@meeboter/prisma..."
COPY prisma/schema.prisma prisma/prisma.config.ts prisma/
RUN cd prisma && PRISMA_SCHEMA_ENGINE_BINARY=/bin/true PRISMA_HIDE_UPDATE_MESSAGE=1 \
    node_modules/.bin/prisma generate --schema schema.prisma

# The root is not among the filtered packages (it would bring the embedded
# servers and a second Node), so the links that scripts/ needs are set by hand.
FROM workspace AS packages
RUN pnpm install --frozen-lockfile --prod --filter "@meeboter/api..." \
 && mkdir -p node_modules/@meeboter \
 && for room in api booking chassis deployer domain prisma scheduler; do \
      ln -s "../../$room" "node_modules/@meeboter/$room"; \
    done \
 && ln -s ../chassis/node_modules/zod node_modules/zod

FROM node:24-bookworm-slim AS server
# Types are stripped once and compiled code is kept; a small young generation keeps a server at
# half the memory for a tenth more CPU (docs/benchmarks.md).
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
