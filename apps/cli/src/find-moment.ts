import { HoldfastError, type PlanId, SnapshotId } from '@holdfast/domain'
import { z } from 'zod'
import type { AgentClient } from './agent/agent-client.ts'
import { momentOf, parseSnapshot } from './snapshot-option.ts'

const Moment = z.object({ id: SnapshotId, at: z.coerce.date(), plan: z.string().nullable() })
/** A snapshot of a plan. */
export type Moment = z.infer<typeof Moment>

/** How a moment is told: `--snapshot ID|latest`, or `--at TIME`. */
export type MomentOptions = { readonly snapshot?: string | undefined; readonly at?: string | undefined }

/** The snapshot of a plan that was meant, asked of its agent. USAGE when none is told, SNAPSHOT_UNKNOWN. */
export async function findMoment(
  agent: AgentClient,
  planId: PlanId,
  by: MomentOptions & { readonly signal: AbortSignal },
): Promise<Moment> {
  const wanted = wantedMoment(by)
  const answer = await agent.snapshot.list.query({ planId }, { signal: by.signal })
  const found = Moment.array()
    .parse(answer)
    .find((moment) => moment.plan === planId && wanted(moment))
  if (found !== undefined) return found
  throw new HoldfastError('SNAPSHOT_UNKNOWN', 'The plan has no snapshot from then or before.')
}

/** By what the moment is told; a day alone means its end. USAGE. */
export function wantedMoment({ snapshot, at }: MomentOptions): (moment: Moment) => boolean {
  if (snapshot !== undefined) {
    const id = parseSnapshot(snapshot)
    return (moment) => id === 'latest' || moment.id === id
  }
  if (at === undefined) throw new HoldfastError('USAGE', 'To which moment? Give --at TIME, or --snapshot ID.')
  const until = momentOf(at)
  return (moment) => moment.at.getTime() <= until
}
