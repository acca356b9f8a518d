import type { Clock } from '@holdfast/vault/ports'

/** The machine's own clock: an edge, where time enters. Whole milliseconds, so never ahead of a file's stamp. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowNs: () => BigInt(Date.now()) * 1_000_000n,
}
