-- CreateTable
CREATE TABLE "restore" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "planId" TEXT NOT NULL,
    "snapshot" TEXT NOT NULL,
    "targetDir" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "finishedAt" DATETIME,
    "restJson" TEXT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "restore_id_key" ON "restore"("id");

-- CreateIndex
CREATE INDEX "restore_state_idx" ON "restore"("state");

-- CreateTable
CREATE TABLE "proof" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "planId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "proofJson" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "proof_planId_seq_idx" ON "proof"("planId", "seq");
