import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Announcement,
  announcementTitle,
  type Condition,
  type Incident,
  stepIncident,
} from './incident.ts'
import { DAY_MS, HOUR_MS } from './units.ts'

const START = Date.UTC(2026, 10, 22, 12)
const AT_RISK: Condition = {
  subject: 'papers',
  severity: 'at-risk',
  code: 'overdue',
  sentence: 'Papers is overdue.',
}
const FAILING: Condition = { ...AT_RISK, severity: 'failing', code: 'failed-twice' }

/** One subject's life: what is said, with the hours since the start. */
function createSubject() {
  let open: Incident | undefined
  const ended: Incident[] = []
  const said: string[] = []
  const all: Announcement[] = []
  let ids = 0
  return {
    ...{ said, all, ended },
    openNow: () => open,
    at(hours: number, condition: Condition | undefined) {
      const now = new Date(START + hours * HOUR_MS)
      const step = stepIncident({ open, recent: ended }, condition, { now, newId: () => `i${++ids}` })
      if (step === undefined) return
      if (step.announce !== undefined) {
        said.push(`${hours} ${step.announce}`)
        all.push({ kind: step.announce, incident: step.incident })
      }
      open = step.incident.recoveredAt === null ? step.incident : undefined
      if (open === undefined) ended.push(step.incident)
    },
  }
}

describe('an incident', () => {
  test('is said when it opens and when it is over, with how long it lasted', () => {
    const it = createSubject()
    it.at(0, undefined)
    it.at(1, AT_RISK)
    for (let minute = 1; minute < 60; minute += 1) it.at(1 + minute / 60, AT_RISK)
    it.at(53, undefined)
    it.at(54, undefined)
    expect(it.said).toEqual(['1 opened', '53 recovered'])
    const [, last] = it.all
    expect(last && announcementTitle(last, 'Papers')).toBe('Papers recovered after 2 d 4 h')
  })

  test('reminds after a day, three days, then every week, and once for what was missed', () => {
    const it = createSubject()
    for (let hour = 0; hour <= 24 * 22; hour += 1) it.at(hour, AT_RISK)
    expect(it.said).toEqual([
      '0 opened',
      '24 reminder',
      '72 reminder',
      '168 reminder',
      '336 reminder',
      '504 reminder',
    ])
    const slept = createSubject()
    slept.at(0, AT_RISK)
    slept.at(24 * 10, AT_RISK)
    slept.at(24 * 10, AT_RISK)
    expect(slept.said).toEqual(['0 opened', '240 reminder'])
  })

  test('escalates once, and stays at its worst until it is over', () => {
    const it = createSubject()
    it.at(0, AT_RISK)
    it.at(1, FAILING)
    it.at(2, AT_RISK)
    it.at(3, FAILING)
    expect(it.said).toEqual(['0 opened', '1 escalated'])
    expect(it.openNow()).toMatchObject({ severity: 'failing', code: 'failed-twice' })
    it.at(4, undefined)
    expect(it.said.at(-1)).toBe('4 recovered')
  })

  test('that comes and goes is called flapping once, and is over after six calm hours', () => {
    const it = createSubject()
    for (let round = 0; round < 10; round += 1) {
      it.at(round, AT_RISK)
      it.at(round + 0.5, undefined)
    }
    expect(it.said).toEqual([
      ...['0 opened', '0.5 recovered', '1 opened', '1.5 recovered', '2 opened', '2.5 recovered'],
      '3 flapping',
    ])
    it.at(15.4, undefined)
    expect(it.openNow()).toBeDefined()
    it.at(15.5, undefined)
    expect(it.said.at(-1)).toBe('15.5 recovered')
  })

  test('a clock that was put back neither repeats nor loses anything', () => {
    const it = createSubject()
    it.at(0, AT_RISK)
    it.at(25, AT_RISK)
    it.at(-48, AT_RISK)
    it.at(26, AT_RISK)
    it.at(27, undefined)
    expect(it.said).toEqual(['0 opened', '25 reminder', '27 recovered'])
  })

  test('whatever happens: never two open, never a recovery without an opening, and silence when nothing changes', () => {
    const state = fc.constantFrom(undefined, AT_RISK, FAILING)
    const moment = fc.tuple(fc.integer({ min: 0, max: 20 * DAY_MS }), state)
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 60 }), (moments) => {
        const it = createSubject()
        for (const [ms, condition] of moments.sort(([a], [b]) => a - b)) {
          it.at(ms / HOUR_MS, condition)
          const before = it.said.length
          it.at(ms / HOUR_MS, condition)
          expect(it.said.length).toBe(before)
        }
        let open = false
        for (const { kind } of it.all) {
          if (kind === 'opened' || kind === 'flapping') {
            expect(open).toBe(false)
            open = true
          } else expect(open).toBe(true)
          if (kind === 'recovered') open = false
        }
      }),
    )
  })
})
