-- What a recording does not hold: stretches without a new picture, and frames that were left out.
ALTER TABLE "recordings" ADD COLUMN "dropped_frames" INTEGER NOT NULL DEFAULT 0;

CREATE TABLE "recording_gaps" (
    "recording_id" TEXT NOT NULL,
    "at_ms" INTEGER NOT NULL,
    "missing_ms" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "recording_gaps_pkey" PRIMARY KEY ("recording_id","at_ms")
);

ALTER TABLE "recording_gaps" ADD CONSTRAINT "recording_gaps_recording_id_fkey" FOREIGN KEY ("recording_id") REFERENCES "recordings"("id") ON DELETE CASCADE ON UPDATE CASCADE;
