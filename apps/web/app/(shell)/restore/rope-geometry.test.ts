import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestKnot, type RopeSnapshot, ropeKnots } from './rope-geometry.ts'

const HOUR_MS = 3_600_000
const snapshots = (count: number): RopeSnapshot[] =>
  Array.from({ length: count }, (_, i) => ({
    at: new Date(i * HOUR_MS).toISOString(),
    bytesStored: i * 1000,
  }))

test('knots lie in order, apart, and inside the drawing, whatever the times and widths', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 * 24 * HOUR_MS }), { minLength: 1, maxLength: 80 })
  fc.assert(
    fc.property(gaps, fc.integer({ min: 60, max: 1200 }), fc.nat(), (steps, width, pick) => {
      const times = steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, step) => sum + step, 0))
      const rope = times.map((ms) => ({ at: new Date(ms).toISOString(), bytesStored: ms % 1_000_000 }))
      const selected = pick % rope.length
      const knots = ropeKnots(rope, selected, width)
      expect(knots.some((knot) => knot.index === selected)).toBe(true)
      for (const [i, knot] of knots.entries()) {
        expect(knot.x).toBeGreaterThanOrEqual(0)
        expect(knot.x).toBeLessThanOrEqual(width)
        const before = knots[i - 1]
        if (before !== undefined) expect(knot.x - before.x).toBeGreaterThanOrEqual(9)
      }
    }),
  )
})

test('with more snapshots than fit, the selected one is near the middle', () => {
  const knots = ropeKnots(snapshots(100), 50, 240)
  expect(knots.length).toBeLessThan(100)
  expect(knots.find((knot) => knot.index === 50)?.x).toBeCloseTo(120, -2)
})

test('at the newest snapshot the window ends with it', () => {
  expect(ropeKnots(snapshots(100), 99, 240).at(-1)?.index).toBe(99)
})

test('a single snapshot lies in the middle, and an empty rope has no knot', () => {
  expect(ropeKnots(snapshots(1), 0, 240)).toMatchObject([{ index: 0, x: 120 }])
  expect(ropeKnots([], 0, 240)).toEqual([])
  expect(nearestKnot([], 10)).toBeUndefined()
})

test('a snapshot that added more has a bigger knot', () => {
  const [first, , last] = ropeKnots(snapshots(3), 0, 240)
  expect(last?.radius).toBeGreaterThan(first?.radius ?? 99)
})

test('a touch picks the nearest knot', () => {
  const knots = ropeKnots(snapshots(3), 0, 240)
  expect(nearestKnot(knots, 239)?.index).toBe(2)
  expect(nearestKnot(knots, 118)?.index).toBe(1)
})
