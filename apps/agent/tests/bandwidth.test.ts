import { HOUR_MS } from '@holdfast/domain'
import { systemClock } from '@holdfast/host'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerOf, startTestAgent, type TestAgent } from './_test-agent.ts'
import { childrenOf } from './_test-plan.ts'

const KIB = 1024
const allDay = (bytesPerSecond: number | null) => ({
  timetable: [{ at: '00:00', bytesPerSecond }],
  timeZone: 'Europe/Berlin',
})

describe('the limit of a machine', () => {
  let it: TestAgent
  beforeAll(async () => {
    it = await startTestAgent()
  })
  afterAll(() => it[Symbol.asyncDispose]())

  test('is what rclone itself answers, for the timetable, for now, and after that', async () => {
    const { bandwidth } = ownerOf(it.agent)
    // Not there until rclone runs and has been asked.
    await expect
      .poll(() => bandwidth.status.query(), { timeout: 30_000 })
      .toMatchObject({ timetable: [], bytesPerSecond: null, applied: null })
    expect(await bandwidth.setTimetable.mutate(allDay(512 * KIB))).toMatchObject({
      ...{ bytesPerSecond: 512 * KIB, applied: 512 * KIB },
    })
    const until = new Date(systemClock.nowMs() + HOUR_MS).toISOString()
    const slow = await bandwidth.setNow.mutate({ now: { bytesPerSecond: 64 * KIB, until } })
    expect(slow).toMatchObject({ bytesPerSecond: 64 * KIB, applied: 64 * KIB })
    expect(await bandwidth.setNow.mutate({ now: null })).toMatchObject({ applied: 512 * KIB })
  })

  test('holds again for an rclone that was started after one that died', async () => {
    const { bandwidth } = ownerOf(it.agent)
    await bandwidth.setTimetable.mutate(allDay(300 * KIB))
    const rclones = () => childrenOf(process.pid, it.home)
    const [ours] = await rclones()
    if (ours === undefined) throw new Error('no rclone runs')
    process.kill(ours, 'SIGKILL')
    const applied = async () => (await bandwidth.status.query().catch(() => undefined))?.applied
    while ((await applied()) !== 300 * KIB || (await rclones()).includes(ours))
      await new Promise((resolve) => setTimeout(resolve, 50))
  })

  test('is refused with the field that is wrong', async () => {
    const { bandwidth } = ownerOf(it.agent)
    await expect(bandwidth.setTimetable.mutate({ ...allDay(1024), timeZone: 'Mars' })).rejects.toMatchObject({
      data: { code: 'INPUT_INVALID', fields: { timeZone: ['"Mars" is not a time zone.'] } },
    })
    await expect(bandwidth.setTimetable.mutate(allDay(5))).rejects.toThrow()
    await expect(
      bandwidth.setNow.mutate({ now: { bytesPerSecond: 2048, until: null } }),
    ).rejects.toMatchObject({ data: { fields: { until: ['Nothing runs now: say until when.'] } } })
  })
})
