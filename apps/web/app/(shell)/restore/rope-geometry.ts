/** One snapshot on the rope: where it lies and how big its knot is, in the units of the drawing. */
export type Knot = { readonly index: number; readonly x: number; readonly radius: number }

export type RopeSnapshot = { readonly at: string; readonly bytesStored: number }

const MARGIN = 14
const MIN_PITCH = 20
const SMALLEST = 3
const BIGGEST = 7

/**
 * The knots in sight, oldest first from the left: as many as the width holds, the selected one among them and in the
 * middle when there are more. Half of a distance follows time, half is even, so that knots never lie on one another.
 * A knot's area follows what its snapshot added.
 */
export function ropeKnots(snapshots: readonly RopeSnapshot[], selected: number, width: number): Knot[] {
  const fit = Math.max(1, Math.floor((width - 2 * MARGIN) / MIN_PITCH) + 1)
  const from = Math.max(0, Math.min(selected - Math.floor(fit / 2), snapshots.length - fit))
  const shown = snapshots.slice(from, from + fit)
  const [first] = shown
  const last = shown.at(-1)
  if (first === undefined || last === undefined) return []
  if (shown.length === 1) return [{ index: from, x: width / 2, radius: BIGGEST }]

  const start = Date.parse(first.at)
  const spanMs = Math.max(1, Date.parse(last.at) - start)
  const most = Math.max(1, ...shown.map((snapshot) => snapshot.bytesStored))
  return shown.map((snapshot, i) => {
    const even = i / (shown.length - 1)
    const byTime = Math.min(1, Math.max(0, (Date.parse(snapshot.at) - start) / spanMs))
    return {
      index: from + i,
      x: MARGIN + (width - 2 * MARGIN) * ((even + byTime) / 2),
      radius: SMALLEST + (BIGGEST - SMALLEST) * Math.sqrt(snapshot.bytesStored / most),
    }
  })
}

/** The knot nearest to a touch; undefined on an empty rope. */
export function nearestKnot(knots: readonly Knot[], x: number): Knot | undefined {
  return knots.toSorted((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x))[0]
}
