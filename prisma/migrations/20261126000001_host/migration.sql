-- The machine that a local runtime was started on: from another one nothing can be
-- said of it. A migration of its own: one that waits for a second table while it has
-- a first is waited for in a circle. Only adds.

ALTER TABLE "deployments" ADD COLUMN "host" TEXT;

UPDATE "deployments" d SET "host" = p."host" FROM "bot_pool_platforms" p
WHERE d."deployment_platform" = 'local' AND p."deployment_platform" = 'local' AND d."state" <> 'ended';
