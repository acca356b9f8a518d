import { setTimeout as wait } from 'node:timers/promises'

const LOOKS = 6
const BETWEEN_MS = 500

/** What `look` finds when the page has settled: a fault that is gone a moment later belonged to a page still at work. */
export async function settledFaults<Fault>(look: () => Promise<readonly Fault[]>): Promise<readonly Fault[]> {
  for (let looks = 1; looks < LOOKS; looks += 1) {
    const faults = await look()
    if (faults.length === 0) return faults
    await wait(BETWEEN_MS)
  }
  return await look()
}
