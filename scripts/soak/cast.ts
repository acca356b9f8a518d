import type { Chance } from './chance.ts'

/** What goes on when somebody is killed, and who: one process alone, or all of them at once. */
export type Act =
  | { readonly doing: 'backup' | 'prune' | 'restore'; readonly victim: 'cli' | 'rclone' | 'all' }
  | { readonly doing: 'run'; readonly victim: 'agent' | 'engine' | 'rclone' | 'all' }
  | { readonly doing: 'start'; readonly victim: 'agent' }

/** Twenty acts, as often as what they try may go wrong. */
const DECK: readonly Act[] = [
  { doing: 'start', victim: 'agent' },
  { doing: 'backup', victim: 'cli' },
  { doing: 'backup', victim: 'cli' },
  { doing: 'backup', victim: 'rclone' },
  { doing: 'backup', victim: 'rclone' },
  { doing: 'backup', victim: 'all' },
  { doing: 'run', victim: 'agent' },
  { doing: 'run', victim: 'agent' },
  { doing: 'run', victim: 'engine' },
  { doing: 'run', victim: 'engine' },
  { doing: 'run', victim: 'rclone' },
  { doing: 'run', victim: 'all' },
  { doing: 'prune', victim: 'cli' },
  { doing: 'prune', victim: 'cli' },
  { doing: 'prune', victim: 'rclone' },
  { doing: 'prune', victim: 'all' },
  { doing: 'restore', victim: 'cli' },
  { doing: 'restore', victim: 'cli' },
  { doing: 'restore', victim: 'rclone' },
  { doing: 'restore', victim: 'all' },
]

/** Deals `count` acts, deck after deck, each shuffled. */
export function dealActs(count: number, chance: Chance): Act[] {
  const acts: Act[] = []
  while (acts.length < count) acts.push(...chance.shuffled(DECK))
  return acts.slice(0, count)
}

export function nameOf({ doing, victim }: Act): string {
  return `${doing} · ${victim}`
}
