-- CreateTable
CREATE TABLE "machine" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "installation" TEXT NOT NULL,
    "writer" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "vault" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "placeJson" TEXT NOT NULL,
    "encrypted" BOOLEAN NOT NULL,
    "lastSeq" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "plan" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "vaultId" TEXT NOT NULL,
    "scheduleJson" TEXT NOT NULL,
    "paused" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "plan_vaultId_fkey" FOREIGN KEY ("vaultId") REFERENCES "vault" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "source" (
    "planId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "excludesJson" TEXT NOT NULL,

    PRIMARY KEY ("planId", "position"),
    CONSTRAINT "source_planId_fkey" FOREIGN KEY ("planId") REFERENCES "plan" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "run" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "planId" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "dueAt" DATETIME,
    "queuedAt" DATETIME NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "outcome" TEXT,
    "bytesStored" BIGINT NOT NULL DEFAULT 0,
    "summaryJson" TEXT,
    "reasonCode" TEXT,
    "reasonMessage" TEXT,
    "reasonNext" TEXT,
    "proofJson" TEXT,
    "provenAt" DATETIME,
    CONSTRAINT "run_planId_fkey" FOREIGN KEY ("planId") REFERENCES "plan" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "run_event" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "runId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "level" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    CONSTRAINT "run_event_runId_fkey" FOREIGN KEY ("runId") REFERENCES "run" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" DATETIME NOT NULL,
    "actorJson" TEXT NOT NULL,
    "act" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "beforeJson" TEXT,
    "afterJson" TEXT,
    "previous" TEXT NOT NULL,
    "hash" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "device" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "sessionHash" TEXT NOT NULL,
    "secretHash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "lastSeenAt" DATETIME NOT NULL,
    "revokedAt" DATETIME
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "valueJson" TEXT NOT NULL,
    "updatedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "plan_vaultId_idx" ON "plan"("vaultId");

-- CreateIndex
CREATE UNIQUE INDEX "run_id_key" ON "run"("id");

-- CreateIndex
CREATE INDEX "run_planId_seq_idx" ON "run"("planId", "seq");

-- CreateIndex
CREATE INDEX "run_planId_outcome_seq_idx" ON "run"("planId", "outcome", "seq");

-- CreateIndex
CREATE INDEX "run_planId_finishedAt_outcome_bytesStored_idx" ON "run"("planId", "finishedAt", "outcome", "bytesStored");

-- CreateIndex
CREATE INDEX "run_planId_provenAt_idx" ON "run"("planId", "provenAt");

-- CreateIndex
CREATE INDEX "run_state_idx" ON "run"("state");

-- CreateIndex
CREATE UNIQUE INDEX "run_planId_dueAt_key" ON "run"("planId", "dueAt");

-- CreateIndex
CREATE INDEX "run_event_runId_seq_idx" ON "run_event"("runId", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "audit_entry_previous_key" ON "audit_entry"("previous");

-- CreateIndex
CREATE UNIQUE INDEX "audit_entry_hash_key" ON "audit_entry"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "device_sessionHash_key" ON "device"("sessionHash");

