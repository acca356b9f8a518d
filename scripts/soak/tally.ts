import { nameOf } from './cast.ts'
import type { Kill } from './round.ts'

/** A line for each victim: how often it was killed, and where the work was then. */
export function tallyLines(kills: readonly Kill[]): string[] {
  const byAct = Map.groupBy(kills, ({ act }) => nameOf(act))
  return [...byAct].toSorted().map(([name, killed]) => {
    const phases = Map.groupBy(killed, ({ phase }) => phase)
    const counts = [...phases].toSorted().map(([phase, at]) => `${phase} ${at.length}`)
    return `${name.padEnd(17)} ${String(killed.length).padStart(4)}   ${counts.join(' · ')}`
  })
}
