-- Who may look at the installation as a whole, and what there is to see of it.
-- Only adds: servers of the version before run on.

ALTER TABLE "user" ADD COLUMN "role" TEXT NOT NULL DEFAULT 'user';
ALTER TABLE "user" ADD CONSTRAINT "user_role" CHECK ("role" IN ('user', 'admin'));

-- I9: the limit of a platform, and since when it is this
ALTER TABLE "bot_pool_platforms"
  ADD COLUMN "bot_limit" INTEGER,
  ADD COLUMN "bot_limit_at" TIMESTAMPTZ(3);

-- when the sweep last went through; one row
CREATE TABLE "last_sweep" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "swept_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "last_sweep_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "last_sweep_one_row" CHECK ("id")
);
