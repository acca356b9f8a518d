import { parseClaimKey } from '../vault/claim-format.ts'
import type { WriterClaims } from '../vault/claims.ts'
import type { Findings } from './findings.ts'

/**
 * A broken claim is damage when it may have said who writes now. One that the same installation put again, or that a
 * later one has overtaken, is a leftover: its key is answered. `aside` are those that a repair set aside.
 */
export function checkClaims(
  writers: readonly WriterClaims[],
  { aside, findings }: { aside: ReadonlySet<string>; findings: Findings },
): string[] {
  const leftovers: string[] = []
  for (const { current, broken } of writers)
    for (const { key, reason } of broken) {
      if (aside.has(key)) continue
      const named = parseClaimKey(key)
      const isOver =
        named !== undefined &&
        current !== undefined &&
        (named.epoch < current.body.epoch ||
          (named.epoch === current.body.epoch && named.installation === current.body.installation))
      if (isOver) leftovers.push(key)
      else findings.add(key, 'claim', reason)
    }
  return leftovers
}
