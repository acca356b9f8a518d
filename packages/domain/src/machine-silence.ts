import type { Condition } from './incident.ts'
import { formatDuration, HOUR_MS } from './units.ts'

/** How long another machine may be silent unless told otherwise: a night and a day of sleep, and a bit. */
export const USUAL_SILENCE_HOURS = 26

/** Silent for this many times its limit is failing. */
const FAILING_AFTER = 3

/** The subject of incidents of another machine. */
export function machineSubject(id: string): string {
  return `machine:${id}`
}

/** Whether a subject of incidents is another machine. */
export function isOfMachine(subject: string): boolean {
  return subject.startsWith(machineSubject(''))
}

/** What is wrong with another machine that was last heard at a time; undefined while it is not silent too long. Pure. */
export function silenceOf(
  {
    id,
    name,
    heardAt,
    silentAfterHours,
  }: { id: string; name: string; heardAt: Date; silentAfterHours: number },
  now: Date,
): Condition | undefined {
  const silentMs = now.getTime() - heardAt.getTime()
  const limitMs = silentAfterHours * HOUR_MS
  if (silentMs <= limitMs) return undefined
  return {
    subject: machineSubject(id),
    severity: silentMs > FAILING_AFTER * limitMs ? 'failing' : 'at-risk',
    code: 'machine-silent',
    sentence: `${name} was not heard for ${formatDuration(silentMs)}: nobody knows whether it backs up.`,
  }
}
