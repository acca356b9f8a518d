import { PlanId, Proof } from '@holdfast/domain'
import { z } from 'zod'
import { appendAudit, type WithAudit } from './audit.ts'
import type { Database } from './database.ts'
import { readJson, readRow } from './read-row.ts'

/** Proofs that were made apart from a run: restore drills. */
export type ProofStore = {
  /** Stores one for ever. Atomic. */
  add(planId: PlanId, proof: Proof, options?: WithAudit): Promise<void>
  /** The newest of each plan that has one. */
  newest(): Promise<Map<PlanId, Proof>>
}

const Rows = z.array(z.object({ planId: z.string(), proofJson: z.string() }))

export function createProofStore(database: Database): ProofStore {
  const { prisma } = database
  return {
    add: (planId, proof, options = {}) =>
      database.write(async (transaction) => {
        await transaction.proof.create({ data: { planId, at: proof.at, proofJson: JSON.stringify(proof) } })
        await appendAudit(transaction, options)
      }),
    async newest() {
      const answer: unknown = await prisma.$queryRawUnsafe(
        'SELECT planId, proofJson FROM proof WHERE seq IN (SELECT MAX(seq) FROM proof GROUP BY planId)',
      )
      const rows = readRow(Rows, answer, 'its newest proofs')
      return new Map(
        rows.map(({ planId, proofJson }) => [
          PlanId.parse(planId),
          readRow(Proof, readJson(proofJson), `a proof of ${planId}`),
        ]),
      )
    },
  }
}
