import type { RateSample } from '#web/trpc/apply-event.ts'

const HEAD_ROOM = 0.9

/**
 * The SVG path of the speed over time, from the left edge to the right, highest at 90 % of the height. Undefined with
 * fewer than two samples: a line needs two points.
 */
export function rateLine(samples: readonly RateSample[], width: number, height: number): string | undefined {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined
  const most = Math.max(1, ...samples.map((sample) => sample.bytesPerSecond))
  const points = samples.map((sample) => {
    const x = ((sample.atMs - first.atMs) / (last.atMs - first.atMs)) * width
    const y = height - (sample.bytesPerSecond / most) * height * HEAD_ROOM - 1
    return `${round(x)} ${round(y)}`
  })
  return `M${points.join(' L')}`
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}
