import type { Bandwidth, BandwidthLimit, LimitNow, Timetable } from '@holdfast/domain'
import type { Actor } from '../context.ts'

/** What a machine may use of its connection, and what holds at this moment. */
export type BandwidthStatus = Bandwidth & {
  /** Bytes per second by these rules at this moment; null for no limit. */
  readonly bytesPerSecond: BandwidthLimit
  /** What rclone itself says that it keeps to; undefined while none runs. */
  readonly applied: BandwidthLimit | undefined
}

export type BandwidthPort = {
  status(): Promise<BandwidthStatus>
  /** Replaces the timetable, by the clock of `timeZone`; in force when it resolves. INPUT_INVALID for a zone. */
  setTimetable(timetable: Timetable, timeZone: string, actor: Actor): Promise<BandwidthStatus>
  /** Sets the limit for now above the timetable, or ends it with null; in force when it resolves. */
  setNow(now: LimitNow | null, actor: Actor): Promise<BandwidthStatus>
}
