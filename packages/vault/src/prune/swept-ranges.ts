import type { WriterId } from '@holdfast/domain'
import type { MarkBody } from '../marks/mark-format.ts'

type Range = MarkBody['swept'][number][1][number]

/** Sequence numbers of writers as the fewest ranges, both ends included, in order. */
export function sweptRanges(ranges: readonly (readonly [WriterId, readonly Range[]])[]): MarkBody['swept'] {
  const byWriter = Map.groupBy(ranges, ([writer]) => writer)
  return [...byWriter.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([writer, entries]) => [writer, joined(entries.flatMap(([, list]) => list))])
}

function joined(ranges: readonly Range[]): Range[] {
  const out: Range[] = []
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = out.at(-1)
    if (last === undefined || from > last[1] + 1) out.push([from, to])
    else last[1] = Math.max(last[1], to)
  }
  return out
}
