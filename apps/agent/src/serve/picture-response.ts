import { type ApiContext, ROLES } from '@holdfast/api'
import { HoldfastError, PlanId, SnapshotId, toHoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { refusal } from './guards.ts'

/** Nothing in a picture may run or load, also when it is opened by itself. */
export const PICTURE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"

const Query = z.object({
  plan: PlanId,
  snapshot: SnapshotId,
  path: z.string().min(1).max(8192),
  now: z.literal('1').optional(),
})

/**
 * A picture out of a snapshot, for a paired device that may restore. Its type is what its bytes say, one of a few that
 * browsers only draw.
 */
export async function pictureResponse(
  query: Record<string, string>,
  { device, ports }: ApiContext,
  signal: AbortSignal,
): Promise<Response> {
  if (device === undefined) return refusal(401, 'NOT_PAIRED', 'This device is not paired.')
  if (ROLES.indexOf(device.role) < ROLES.indexOf('restorer'))
    return refusal(403, 'NOT_ALLOWED', 'This device may not look into files.')
  const asked = Query.safeParse(query)
  if (!asked.success) return refusal(400, 'INPUT_INVALID', 'This is no address of a picture.')
  const { plan: planId, snapshot, path, now } = asked.data
  try {
    const picture = await ports.find.picture({ planId, snapshot, path, now: now === '1' }, signal)
    return new Response(Buffer.from(picture.bytes), {
      headers: { 'content-type': picture.type, 'content-disposition': 'inline' },
    })
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    const { code, message } = toHoldfastError(error)
    return refusal(code === 'NOTHING_SELECTED' || code === 'SNAPSHOT_UNKNOWN' ? 404 : 500, code, message)
  }
}
